//! The Blobs port over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, StatusCode};
use trail_port::Blobs;
use trail_port::blobs::Error;
use trail_record::{Blob, Digest};

use super::Client;
use super::http::NoAnswer;
use crate::api::{BATCH_TYPE, MAX_BATCH, MAX_BLOB};

/// How long a request with blobs may take beyond others.
const SLOW: Duration = Duration::from_secs(60);

/// Puts blobs together into the bodies of as few requests as they fit.
pub(super) fn batches(blobs: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut full = Vec::new();
    let mut open: Vec<u8> = Vec::new();
    for blob in blobs {
        if !open.is_empty() && open.len() + 4 + blob.len() > MAX_BATCH {
            full.push(std::mem::take(&mut open));
        }
        let len = u32::try_from(blob.len()).expect("blobs have at most 32 MiB");
        open.extend_from_slice(&len.to_be_bytes());
        open.extend_from_slice(blob);
    }
    full.extend((!open.is_empty()).then_some(open));
    full
}

#[async_trait]
impl Blobs for Client {
    async fn put(&self, blobs: &[&[u8]]) -> Result<(), Error> {
        if let Some(large) = blobs.iter().find(|blob| blob.len() > MAX_BLOB) {
            let size = large.len();
            return Err(Error::Unavailable(format!(
                "a blob of {size} bytes is refused; at most {MAX_BLOB} are kept"
            )));
        }
        for batch in batches(blobs) {
            let request = self.http.request(Method::POST, &["blobs"]);
            let request = request.header(CONTENT_TYPE, BATCH_TYPE).body(batch);
            let sent = self.http.send(request, SLOW).await;
            sent.map_err(|none| Error::Unavailable(none.into_error(&["blobs"]).to_string()))?;
        }
        Ok(())
    }

    async fn get(&self, digest: &Digest<Blob>) -> Result<Option<Vec<u8>>, Error> {
        let name = digest.to_string();
        let request = self.http.request(Method::GET, &["blobs", &name]);
        match self.http.send(request, SLOW).await {
            Ok(bytes) if Digest::of(&bytes) == *digest => Ok(Some(bytes)),
            Ok(_) => Err(Error::Damaged(*digest)),
            Err(NoAnswer::Unsuccessful(answer))
                if answer.status() == StatusCode::NOT_FOUND && answer.code() == "not_found" =>
            {
                Ok(None)
            }
            Err(NoAnswer::Unsuccessful(answer)) if answer.code() == "damaged" => {
                Err(Error::Damaged(*digest))
            }
            Err(none) => Err(Error::Unavailable(none.into_error(&["blobs"]).to_string())),
        }
    }
}
