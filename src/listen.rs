//! Opening a listener: on loopback unless more is asked for.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::output::{Exit, Hinted, usage};

/// Opens a listener at `text`, host and port; port 0 takes a free one.
///
/// # Errors
/// If the address is none, can be reached from other machines though `allow_remote` does not say so,
/// or is taken.
pub(crate) async fn listen(text: &str, allow_remote: bool) -> anyhow::Result<TcpListener> {
    let found = tokio::net::lookup_host(text).await.map_err(|error| {
        usage(
            format!("cannot listen on {text:?}: {error}"),
            "write an address and a port, such as 127.0.0.1:7300",
        )
    })?;
    let addresses: Vec<SocketAddr> = found.collect();
    if let Some(remote) = addresses.iter().find(|address| !address.ip().is_loopback())
        && !allow_remote
    {
        return Err(usage(
            format!("{remote} can be reached from other machines"),
            "listen on 127.0.0.1; or, behind a TLS proxy, add --allow-remote",
        ));
    }
    TcpListener::bind(addresses.as_slice())
        .await
        .map_err(|error| {
            Hinted::new(
                Exit::Unavailable,
                format!("cannot listen on {text}: {error}"),
            )
            .help("is one of Trail's processes running there already? choose another port with --listen")
            .into()
        })
}
