//! The body of a peer's answer, read with limits so that no peer can stall us or fill our memory.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::stream::{self, BoxStream, Stream, StreamExt as _};

use crate::fault::Fault;

/// How much and how slowly a peer may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The longest silence in the middle of an answer.
    pub(crate) idle: Duration,
    /// The most bytes of an answer, decompressed.
    pub(crate) answer: usize,
    /// The most bytes of one line of an event stream.
    pub(crate) line: usize,
}

/// A body that is being read.
pub(crate) struct Body {
    chunks: BoxStream<'static, Result<Bytes, String>>,
    limits: Limits,
    left: usize,
}

impl Body {
    /// Wraps the chunks of a body; their errors are told in words.
    pub(crate) fn new(
        chunks: impl Stream<Item = Result<Bytes, String>> + Send + 'static,
        limits: Limits,
    ) -> Self {
        Self {
            chunks: chunks.boxed(),
            limits,
            left: limits.answer,
        }
    }

    /// Returns the next chunk, or none at a clean end.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Fault> {
        let idle = self.limits.idle;
        let chunk = match tokio::time::timeout(idle, self.chunks.next()).await {
            Err(_) => {
                return Err(Fault::transient(format!("the answer stalled for {idle:?}")));
            }
            Ok(None) => return Ok(None),
            Ok(Some(Err(reason))) => {
                return Err(Fault::transient(format!("the answer was cut: {reason}")));
            }
            Ok(Some(Ok(chunk))) => chunk,
        };
        self.left = self.left.checked_sub(chunk.len()).ok_or_else(|| {
            let most = self.limits.answer;
            Fault::transient(format!(
                "the answer is larger than the {most} bytes allowed"
            ))
        })?;
        Ok(Some(chunk))
    }

    /// Returns all of it.
    pub(crate) async fn whole(mut self) -> Result<Bytes, Fault> {
        let mut whole = BytesMut::new();
        while let Some(chunk) = self.chunk().await? {
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Returns at most the first `most` bytes; for error bodies, where what comes first is enough
    /// and a further error is of no interest.
    pub(crate) async fn beginning(mut self, most: usize) -> Bytes {
        let mut whole = BytesMut::new();
        while whole.len() < most {
            let Ok(Some(chunk)) = self.chunk().await else {
                break;
            };
            whole.extend_from_slice(&chunk);
        }
        whole.truncate(most);
        whole.freeze()
    }

    /// Returns its lines, each with its newline; the event parser is fed whole lines only, since it
    /// would parse a line that comes in pieces once per piece.
    pub(crate) fn lines(self) -> impl Stream<Item = Result<Bytes, Fault>> + Send {
        stream::try_unfold(
            (self, BytesMut::new()),
            |(mut body, mut buffer)| async move {
                let mut searched = 0;
                loop {
                    if let Some(at) = buffer[searched..].iter().position(|byte| *byte == b'\n') {
                        let line = buffer.split_to(searched + at + 1).freeze();
                        return Ok(Some((line, (body, buffer))));
                    }
                    searched = buffer.len();
                    if searched > body.limits.line {
                        let most = body.limits.line;
                        return Err(Fault::transient(format!(
                            "a line of the answer is longer than the {most} bytes allowed"
                        )));
                    }
                    match body.chunk().await? {
                        Some(chunk) => buffer.extend_from_slice(&chunk),
                        None if buffer.is_empty() => return Ok(None),
                        None => {
                            let rest = std::mem::take(&mut buffer).freeze();
                            return Ok(Some((rest, (body, buffer))));
                        }
                    }
                }
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits {
        idle: Duration::from_millis(30),
        answer: 40,
        line: 16,
    };

    fn body(chunks: &[&'static str]) -> Body {
        let chunks: Vec<Result<Bytes, String>> = chunks
            .iter()
            .map(|chunk| Ok(Bytes::from_static(chunk.as_bytes())))
            .collect();
        Body::new(stream::iter(chunks), LIMITS)
    }

    async fn lines(body: Body) -> Vec<Result<Bytes, Fault>> {
        body.lines().collect().await
    }

    fn reason(fault: Fault) -> String {
        match fault {
            Fault::Transient { reason, .. } => reason,
            Fault::Permanent { reason } => panic!("permanent: {reason}"),
        }
    }

    #[tokio::test]
    async fn lines_are_whole_however_the_chunks_fall() {
        let got = lines(body(&["a", "b\n", "\n", "c\nd", "", "e"])).await;
        let got: Vec<Bytes> = got.into_iter().map(Result::unwrap).collect();
        assert_eq!(got, ["ab\n", "\n", "c\n", "de"]);
        assert!(lines(body(&[])).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_without_end_is_refused() {
        let got = lines(body(&["01234567", "89abcdef", "0", "\n"])).await;
        assert_eq!(got.len(), 1);
        let reason = reason(got.into_iter().next().unwrap().unwrap_err());
        assert!(
            reason.contains("line of the answer is longer than the 16"),
            "{reason}"
        );
    }

    #[tokio::test]
    async fn an_answer_without_end_is_refused() {
        let chunks = stream::repeat_with(|| Ok(Bytes::from_static(b"0123456789\n")));
        let reason = reason(Body::new(chunks, LIMITS).whole().await.unwrap_err());
        assert!(reason.contains("larger than the 40 bytes"), "{reason}");
    }

    #[tokio::test]
    async fn silence_is_a_transient_fault() {
        let reason = reason(
            Body::new(stream::pending(), LIMITS)
                .whole()
                .await
                .unwrap_err(),
        );
        assert!(reason.contains("stalled for 30ms"), "{reason}");
    }

    #[tokio::test]
    async fn of_an_error_body_the_beginning_is_enough() {
        assert_eq!(body(&["0123", "4567"]).beginning(6).await, "012345");
        let cut = stream::iter([Ok(Bytes::from_static(b"ab")), Err("reset".to_owned())]);
        assert_eq!(Body::new(cut, LIMITS).beginning(6).await, "ab");
    }
}
