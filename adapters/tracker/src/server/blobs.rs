//! Blobs over HTTP.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use trail_port::Blobs;
use trail_port::blobs::Error;
use trail_record::{Blob, Digest};

use super::Server;
use super::extract::{By, Raw};
use super::failure::Failed;
use crate::api::{BATCH_TYPE, MAX_BLOB};

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        match error {
            Error::Damaged(_) => {
                tracing::error!(%error, "a blob is damaged");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "damaged", error)
            }
            Error::Unavailable(why) => Self::internal(&why),
            // This tracker keeps blobs in its own directory, which nobody rewinds.
            Error::Rewound(rewound) => Self::internal(&rewound),
        }
    }
}

fn parse(digest: &str) -> Result<Digest<Blob>, Failed> {
    digest.parse().map_err(Failed::bad_request)
}

pub(super) async fn put_one(
    State(server): State<Server>,
    By(_): By,
    Path(digest): Path<String>,
    Raw(bytes): Raw,
) -> Result<StatusCode, Failed> {
    let digest = parse(&digest)?;
    let found = Digest::<Blob>::of(&bytes);
    if found != digest {
        return Err(Failed::refused(format!(
            "these bytes have the digest {found}"
        )));
    }
    server.embedded.put(&[&bytes]).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn put_many(
    State(server): State<Server>,
    By(_): By,
    headers: HeaderMap,
    Raw(bytes): Raw,
) -> Result<StatusCode, Failed> {
    if headers
        .get(header::CONTENT_TYPE)
        .is_none_or(|found| found != BATCH_TYPE)
    {
        return Err(Failed::bad_request(format!(
            "blobs are sent as {BATCH_TYPE}"
        )));
    }
    let blobs =
        split(&bytes).ok_or_else(|| Failed::bad_request("the lengths do not fit what was sent"))?;
    if blobs.iter().any(|blob| blob.len() > MAX_BLOB) {
        return Err(Failed::too_large(format!(
            "a blob has at most {MAX_BLOB} bytes"
        )));
    }
    server.embedded.put(&blobs).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a batch apart.
fn split(mut rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut blobs = Vec::new();
    while !rest.is_empty() {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let (blob, after) =
            after.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
        blobs.push(blob);
        rest = after;
    }
    Some(blobs)
}

pub(super) async fn get(
    State(server): State<Server>,
    By(_): By,
    Path(digest): Path<String>,
) -> Result<impl IntoResponse, Failed> {
    let digest = parse(&digest)?;
    let found = server.embedded.get(&digest).await?;
    let bytes = found.ok_or_else(|| Failed::not_found(format!("blob {digest}")))?;
    // Nobody's browser shall take a blob for a page.
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    Ok((headers, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_taken_apart_only_if_its_lengths_fit() {
        let batch = [&[0, 0, 0, 2][..], b"ab", &[0, 0, 0, 0]].concat();
        assert_eq!(split(&batch), Some(vec![&b"ab"[..], b""]));
        for cut in [1, 4, 5, 7] {
            assert_eq!(split(&batch[..cut]), None, "{cut}");
        }
        assert_eq!(split(&u32::MAX.to_be_bytes()), None);
    }
}
