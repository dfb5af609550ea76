//! Scans a subgraph's answer into the arena: RFC 8259, every string and number left where it lies.

use bytes::Bytes;

use super::{
    data::{Data, Entry, ListId, ObjectId, Span, Value},
    keys::KeyId,
};

/// Deeper nesting than any operation within the limits needs is refused, so that the stack is safe.
const DEPTH_LIMIT: u32 = 400;

/// Why a text is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonFault {
    #[error("not UTF-8")]
    Encoding,
    #[error("larger than 4 GB")]
    TooLarge,
    #[error("nested too deeply")]
    TooDeep,
    #[error("not JSON at byte {0}")]
    Syntax(usize),
}

impl Data {
    /// Scans one JSON text and keeps it. What a failed scan leaves in the arena is never referred to.
    pub(crate) fn scan(&mut self, text: Bytes) -> Result<Value, JsonFault> {
        std::str::from_utf8(&text).map_err(|_| JsonFault::Encoding)?;
        u32::try_from(text.len()).map_err(|_| JsonFault::TooLarge)?;
        let source = self.add_source(text.clone());
        let mut scanner = Scanner { data: self, text: &text, source, at: 0, entries: Vec::new(), items: Vec::new() };
        let value = scanner.value(0, None)?;
        scanner.skip_space();
        if scanner.at == text.len() { Ok(value) } else { Err(JsonFault::Syntax(scanner.at)) }
    }
}

/// Objects of one list mostly have the same keys in the same order. So each value is read beside the one that came
/// before it in its place (`like`): a key that is where it was is recognised by one comparison.
struct Scanner<'a> {
    data: &'a mut Data,
    text: &'a [u8],
    source: u32,
    at: usize,
    /// What the objects and lists that are still open hold so far, outermost first.
    entries: Vec<Entry>,
    items: Vec<Value>,
}

impl Scanner<'_> {
    fn value(&mut self, depth: u32, like: Option<Value>) -> Result<Value, JsonFault> {
        if depth > DEPTH_LIMIT {
            return Err(JsonFault::TooDeep);
        }
        self.skip_space();
        match self.peek() {
            Some(b'{') => {
                let like = like.and_then(|value| if let Value::Object(object) = value { Some(object) } else { None });
                self.object(depth, like)
            }
            Some(b'[') => {
                let like = like.and_then(|value| if let Value::List(list) = value { Some(list) } else { None });
                self.list(depth, like)
            }
            Some(b'"') => self.string().map(Value::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal(b"true", Value::Bool(true)),
            Some(b'f') => self.literal(b"false", Value::Bool(false)),
            Some(b'n') => self.literal(b"null", Value::Null),
            _ => self.fault(),
        }
    }

    fn object(&mut self, depth: u32, like: Option<ObjectId>) -> Result<Value, JsonFault> {
        self.at += 1;
        let first = self.entries.len();
        self.skip_space();
        if self.eat(b'}') {
            return Ok(Value::Object(self.data.add_object(&[])));
        }
        loop {
            self.skip_space();
            let index = self.entries.len() - first;
            let before = like.and_then(|object| self.data.entries(object).get(index)).copied();
            let (key, like) = match before {
                Some(entry) if self.eat_key(entry.key) => (entry.key, Some(entry.value)),
                _ => (self.key()?, None),
            };
            self.skip_space();
            self.expect(b':')?;
            let value = self.value(depth + 1, like)?;
            self.entries.push(Entry { key, value });
            self.skip_space();
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b'}')?;
        let object = self.data.add_object(&self.entries[first..]);
        self.entries.truncate(first);
        Ok(Value::Object(object))
    }

    fn list(&mut self, depth: u32, like: Option<ListId>) -> Result<Value, JsonFault> {
        self.at += 1;
        let first = self.items.len();
        self.skip_space();
        if self.eat(b']') {
            return Ok(Value::List(self.data.add_list(&[])));
        }
        let mut like = like.and_then(|list| self.data.items(list).first()).copied();
        loop {
            let item = self.value(depth + 1, like)?;
            self.items.push(item);
            // A null has no keys to go by.
            like = Some(item).filter(|item| !matches!(item, Value::Null)).or(like);
            self.skip_space();
            if !self.eat(b',') {
                break;
            }
        }
        self.expect(b']')?;
        let list = self.data.add_list(&self.items[first..]);
        self.items.truncate(first);
        Ok(Value::List(list))
    }

    /// Steps over the key if it is this one, as it is kept.
    fn eat_key(&mut self, key: KeyId) -> bool {
        let name = self.data.key_name(key);
        let rest = self.text.get(self.at..).and_then(|rest| rest.strip_prefix(b"\"")?.strip_prefix(name));
        let found = rest.is_some_and(|rest| rest.first() == Some(&b'"'));
        if found {
            self.at += name.len() + 2;
        }
        found
    }

    /// Keys are compared as they are written, so an escaped one is written out plainly.
    fn key(&mut self) -> Result<KeyId, JsonFault> {
        let span = self.string()?;
        let raw = &self.text[span.start as usize..span.end as usize];
        if !raw.contains(&b'\\') {
            return Ok(self.data.add_key(raw));
        }
        let quoted = &self.text[span.start as usize - 1..=span.end as usize];
        let plain: String = serde_json::from_slice(quoted).map_err(|_| JsonFault::Syntax(span.start as usize))?;
        // What JSON must escape stays escaped: the key is written back as it is kept.
        let escaped = serde_json::to_string(&plain).map_err(|_| JsonFault::Syntax(span.start as usize))?;
        Ok(self.data.add_key(&escaped.as_bytes()[1..escaped.len() - 1]))
    }

    /// The span between the quotes; the scanner stands behind the closing one.
    fn string(&mut self) -> Result<Span, JsonFault> {
        self.expect(b'"')?;
        let start = self.at;
        loop {
            self.at += plain_length(&self.text[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.escape()?,
                _ => return self.fault(),
            }
        }
        let span = self.span(start);
        self.at += 1;
        Ok(span)
    }

    fn escape(&mut self) -> Result<(), JsonFault> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                let digits = self.text.get(self.at + 1..self.at + 5);
                if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
                    return self.fault();
                }
                self.at += 5;
            }
            _ => return self.fault(),
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Value, JsonFault> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        Ok(Value::Number(self.span(start)))
    }

    fn digits(&mut self) -> Result<(), JsonFault> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { self.fault() }
    }

    fn literal(&mut self, word: &[u8], value: Value) -> Result<Value, JsonFault> {
        if !self.text[self.at..].starts_with(word) {
            return self.fault();
        }
        self.at += word.len();
        Ok(value)
    }

    fn span(&self, start: usize) -> Span {
        Span { source: self.source, start: start as u32, end: self.at as u32 }
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonFault> {
        if self.eat(byte) { Ok(()) } else { self.fault() }
    }

    fn fault<T>(&self) -> Result<T, JsonFault> {
        Err(JsonFault::Syntax(self.at))
    }
}

/// How many bytes at the start stand for themselves in a string: no quote, no backslash, no control character.
/// Eight at a time; the marks of a word are right up to its first one, which is all that is looked at.
fn plain_length(text: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = ONES * 0x80;
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let mut words = text.chunks_exact(8);
    for (index, bytes) in words.by_ref().enumerate() {
        let word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
        let marks = zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\'))) | control;
        if marks != 0 {
            return index * 8 + marks.trailing_zeros() as usize / 8;
        }
    }
    let rest = words.remainder();
    let is_plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    text.len() - rest.len() + rest.iter().take_while(|byte| is_plain(byte)).count()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::execute::room::Lengths;

    fn round_trip(text: &str) -> Result<String, JsonFault> {
        let mut data = Data::new(Arc::default(), Arc::default(), Lengths::default());
        let value = data.scan(Bytes::copy_from_slice(text.as_bytes()))?;
        let mut out = Vec::new();
        data.write(value, &mut out);
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn numbers_and_strings_keep_every_digit_and_escape() {
        for text in [
            r#"{"a":[1.10,-0,12345678901234567890,1e-7],"b":"\u00e9 \"x\" ü","c":null,"d":[],"e":{},"f":true}"#,
            r#""\ud83d\ude00""#,
            "[false]",
        ] {
            assert_eq!(round_trip(text).unwrap(), text);
        }
        assert_eq!(round_trip(" { \"a\" :\n[ 1 , 2 ] } ").unwrap(), r#"{"a":[1,2]}"#);
        assert_eq!(round_trip(r#"{"\u0061\n":1}"#).unwrap(), r#"{"a\n":1}"#);
    }

    #[test]
    fn strings_end_at_their_quote_wherever_it_stands() {
        for length in 0..40 {
            for end in ["\"", "\\n\"", "\\u00e9\"", "é\"", "~\u{7f}\""] {
                let text = format!("\"{}{end}", "a".repeat(length));
                assert_eq!(round_trip(&text).unwrap(), text);
                assert!(round_trip(&text.replacen('a', "\u{1f}", 1)).is_err() || length == 0, "{text}");
            }
        }
    }

    #[test]
    fn objects_of_a_list_may_differ_in_their_keys() {
        for text in [
            r#"[{"a":1,"b":{"c":2}},{"a":3,"b":{"c":4}},{"b":{"d":5},"a":6},{"aa":7,"b":null},{},{"a":8}]"#,
            r#"[[{"a":1}],[{"a":2},{"ab":3}],[],null,[{"a\n":4}],[{"a\n":5}],[{"a":6,"a\n":7}]]"#,
        ] {
            assert_eq!(round_trip(text).unwrap(), text);
        }
    }

    #[test]
    fn what_serde_json_refuses_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "01",
            "1.",
            "-",
            "1e",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"a\nb\"",
            "nul",
            "tru",
            "[1 2]",
            "{} {}",
            "'a'",
            "{a:1}",
            "\"abc",
            "+1",
            ".5",
            "[",
            "NaN",
            "{\"a\":1,}",
        ] {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text}");
            assert!(round_trip(text).is_err(), "{text}");
        }
        assert_eq!(round_trip(&"[".repeat(100_000)), Err(JsonFault::TooDeep));
        assert_eq!(
            Data::new(Arc::default(), Arc::default(), Lengths::default())
                .scan(Bytes::from_static(b"\"\xff\""))
                .unwrap_err(),
            JsonFault::Encoding
        );
    }
}
