//! W3C trace context: the client's trace goes on, or one begins here.

use http::{HeaderMap, HeaderValue};

/// The `traceparent` for the subgraphs: the trace of the client where it sent a valid one, with a span of ours.
pub(crate) fn traceparent(headers: &HeaderMap) -> HeaderValue {
    let given = headers.get("traceparent").and_then(|value| value.to_str().ok()).and_then(trace_of);
    let (trace, flags) = given.unwrap_or_else(|| (format!("{:032x}", rand::random::<u128>().max(1)), "01".to_owned()));
    let span = rand::random::<u64>().max(1);
    HeaderValue::try_from(format!("00-{trace}-{span:016x}-{flags}"))
        .unwrap_or_else(|_| HeaderValue::from_static("00-00000000000000000000000000000001-0000000000000001-00"))
}

/// Trace id and flags of `version-trace-span-flags`.
fn trace_of(text: &str) -> Option<(String, String)> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    let valid = is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
    (valid && trace.bytes().any(|byte| byte != b'0')).then(|| (trace.to_owned(), flags.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_trace_goes_on_and_a_broken_one_is_replaced() {
        let with = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", HeaderValue::from_static(text));
            traceparent(&headers).to_str().unwrap().to_owned()
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let given = with("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
        assert!(given.contains(trace) && given.ends_with("-00") && !given.contains("00f067aa0ba902b7"), "{given}");
        for broken in ["", "x", "00-zz-00f067aa0ba902b7-01", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"]
        {
            assert_eq!(with(broken).len(), 55, "{broken}");
        }
    }
}
