//! Numbers for Prometheus, in its text format.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, text};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

use super::Service;

/// Tells how many requests went to the tracker so far, by kind.
pub(crate) type Requests = Arc<dyn Fn() -> Vec<(&'static str, u64)> + Send + Sync>;

/// Reads a worker's numbers when they are asked for.
struct Numbers(Arc<Service>);

impl std::fmt::Debug for Numbers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Numbers")
    }
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let pulse = &self.0.pulse;
        let counters = [
            ("polls", "Polls the tracker answered", &pulse.polls),
            (
                "failed_polls",
                "Polls that came to nothing",
                &pulse.failed_polls,
            ),
            (
                "worked_turns",
                "Turns in which something was done",
                &pulse.worked,
            ),
            ("idle_turns", "Turns with nothing to do", &pulse.idle),
            (
                "failed_turns",
                "Turns that came to nothing and are tried again",
                &pulse.failed_turns,
            ),
            ("entries", "Entries that stand", &pulse.entries),
            (
                "entry_races",
                "Entries written anew because another came between",
                &pulse.races,
            ),
            (
                "entry_doubts",
                "Appends repeated because it was unknown whether they were done",
                &pulse.doubts,
            ),
            ("model_calls", "Questions a model answered", &pulse.calls),
            (
                "failed_model_calls",
                "Questions no model answered",
                &pulse.failed_calls,
            ),
            (
                "model_input_tokens",
                "Input tokens no cache served, as far as the models said",
                &pulse.input_tokens,
            ),
            (
                "model_output_tokens",
                "Output tokens, as far as the models said",
                &pulse.output_tokens,
            ),
            (
                "model_cost_micro_dollars",
                "Cost in millionths of a US dollar, as far as prices are known",
                &pulse.cost_micros,
            ),
            ("hints", "Hints that shortened a wait", &pulse.hints),
        ];
        for (name, help, count) in counters {
            let counter = ConstCounter::new(count.get());
            let own = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(own)?;
        }
        let requests = (self.0.requests)();
        if !requests.is_empty() {
            let help = "Requests to the tracker";
            let kind = ConstCounter::new(0_u64).metric_type();
            let mut family = encoder.encode_descriptor("tracker_requests", help, None, kind)?;
            for (kind, count) in requests {
                let counter = ConstCounter::new(count);
                counter.encode(family.encode_family(&[("kind", kind)])?)?;
            }
        }
        let now = pulse.now();
        let gauge = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let ready = self.0.health.trouble(now, Instant::now()).is_none();
        for (name, help, number) in [
            ("running_items", "Items being worked on", gauge(now.running)),
            (
                "waiting_items",
                "Items that wait for a turn",
                gauge(now.ready),
            ),
            ("ready", "Whether the worker works", i64::from(ready)),
        ] {
            let gauge = ConstGauge::new(number);
            let own = encoder.encode_descriptor(name, help, None, gauge.metric_type())?;
            gauge.encode(own)?;
        }
        if let Some(polled) = now.polled {
            let gauge = ConstGauge::new(polled.elapsed().as_secs_f64());
            let (name, help) = ("poll_age", "Time since the tracker last answered a poll");
            let unit = Unit::Seconds;
            let own = encoder.encode_descriptor(name, help, Some(&unit), gauge.metric_type())?;
            gauge.encode(own)?;
        }
        Ok(())
    }
}

/// `GET /metrics`
pub(super) async fn show(State(service): State<Arc<Service>>) -> Response {
    let labels = [("persona".into(), service.persona.as_str().into())];
    let mut registry = Registry::with_prefix_and_labels("trail_worker", labels.into_iter());
    registry.register_collector(Box::new(Numbers(service)));
    let mut out = String::new();
    match text::encode(&mut out, &registry) {
        Ok(()) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], out).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
