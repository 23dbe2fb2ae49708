//! A model as it is given on the command line.

use crate::config;
use crate::output::usage;

/// Reads a model from the command line.
pub(super) fn model(text: &str) -> anyhow::Result<config::Model> {
    let bad = |what: String| {
        usage(
            what,
            "write --model kind=anthropic,model=NAME,api_key_env=VARIABLE",
        )
    };
    let mut model = config::Model::default();
    for pair in text.split(',') {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| bad(format!("--model: {pair:?} is no key=value")))?;
        let value = value.trim();
        match key.trim() {
            "kind" => {
                config::choose(value, &config::MODEL_KINDS)
                    .map_err(|why| bad(format!("--model: kind: {why}")))?;
                model.kind = value.to_owned();
            }
            "base_url" => model.base_url = Some(value.to_owned()),
            "model" => model.model = Some(value.to_owned()),
            "api_key_env" => model.api_key_env = Some(value.to_owned()),
            "api_key_file" => model.api_key_file = Some(std::path::absolute(value)?),
            "script" => model.script = Some(std::path::absolute(value)?),
            "temperature" => {
                let number = value
                    .parse()
                    .map_err(|_| bad(format!("--model: temperature: {value:?} is no number")))?;
                model.temperature = Some(number);
            }
            "max_output_tokens" => {
                let number = value.parse().map_err(|_| {
                    bad(format!(
                        "--model: max_output_tokens: {value:?} is no number"
                    ))
                })?;
                model.max_output_tokens = Some(number);
            }
            "api_key" => {
                return Err(bad(
                    "--model: a key given here would be written to a file".to_owned()
                ));
            }
            other => return Err(bad(format!("--model: there is no setting {other:?}"))),
        }
    }
    if model.kind.is_empty() {
        return Err(bad("--model: `kind` is missing".to_owned()));
    }
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_read_from_pairs_and_never_takes_a_key() {
        let read = model("kind=openai-chat,model=m,base_url=http://127.0.0.1:1/v1,temperature=0.5")
            .unwrap();
        assert_eq!(
            (read.kind.as_str(), read.temperature),
            ("openai-chat", Some(0.5))
        );
        for (text, why) in [
            ("kind=openai", "openai-chat"),
            ("model=m", "`kind` is missing"),
            ("kind", "no key=value"),
            ("kind=anthropic,api_key=sk-1", "written to a file"),
            ("kind=anthropic,temperature=hot", "no number"),
            ("kind=anthropic,colour=red", "no setting"),
        ] {
            let said = model(text).unwrap_err().to_string();
            assert!(said.contains(why), "{text}: {said}");
            assert!(!said.contains("sk-1"), "{said}");
        }
    }
}
