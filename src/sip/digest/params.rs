use thiserror::Error;

/// More than this no honest header has.
const MOST: usize = 32;

/// Why a header is no digest challenge or credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ParamsError {
    /// Another scheme than Digest.
    #[error("the scheme is not Digest")]
    Scheme,
    /// Not a list of `name=value`.
    #[error("the parameters are malformed")]
    Malformed,
    /// The same parameter twice: two readers could take two values.
    #[error("a parameter stands twice")]
    Twice,
}

/// The parameters of a `Digest …` header value, in order.
///
/// Values stand as they were written between their quotes, escapes included: so they are hashed
/// (RFC 7616 section 3.4.1, `unq`) and sent back.
#[derive(Debug)]
pub struct Params<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Params<'a> {
    /// Reads the value of an Authorization, Proxy-Authorization, WWW-Authenticate or
    /// Proxy-Authenticate header.
    pub fn parse(value: &'a str) -> Result<Self, ParamsError> {
        let value = value.trim();
        let (scheme, mut rest) = value
            .split_once(|c: char| c.is_ascii_whitespace())
            .ok_or(ParamsError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return Err(ParamsError::Scheme);
        }
        let mut params: Vec<(&str, &str)> = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c == ',' || c.is_ascii_whitespace());
            if rest.is_empty() {
                return Ok(Params(params));
            }
            let (name, after) = rest.split_once('=').ok_or(ParamsError::Malformed)?;
            let name = name.trim_end();
            if name.is_empty() || !name.chars().all(is_token) || params.len() == MOST {
                return Err(ParamsError::Malformed);
            }
            let (value, after) = value_of(after.trim_start())?;
            if params
                .iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                return Err(ParamsError::Twice);
            }
            params.push((name, value));
            let after = after.trim_start();
            if !after.is_empty() && !after.starts_with(',') {
                return Err(ParamsError::Malformed);
            }
            rest = after;
        }
    }

    /// A parameter's value, without its quotes.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        let mut all = self.0.iter();
        let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| *value)
    }
}

/// Splits off a token or a quoted string; gives it and what follows.
fn value_of(text: &str) -> Result<(&str, &str), ParamsError> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c| !is_token(c)).unwrap_or(text.len());
        return match text.split_at(end) {
            ("", _) => Err(ParamsError::Malformed),
            split => Ok(split),
        };
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Ok((&quoted[..at], &quoted[at + 1..])),
            c if c.is_control() => return Err(ParamsError::Malformed),
            _ => {}
        }
    }
    Err(ParamsError::Malformed)
}

/// A token's character (RFC 3261 section 25.1), and what phones leave unquoted although they must not.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-.!%*_+`'~/:@".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_keep_commas_and_escapes() {
        let params =
            Params::parse("digest a=\"x, y=\\\"z\\\"\" ,\t b = tok,,qop=\"auth,auth-int\"")
                .unwrap();
        assert_eq!(params.get("A"), Some(r#"x, y=\"z\""#));
        assert_eq!(params.get("b"), Some("tok"));
        assert_eq!(params.get("qop"), Some("auth,auth-int"));
        assert_eq!(params.get("c"), None);
    }

    #[test]
    fn what_has_two_readings_is_refused() {
        let twice = Params::parse("Digest realm=\"a\", Realm=\"b\"").unwrap_err();
        assert_eq!(twice, ParamsError::Twice);
        assert_eq!(Params::parse("Basic abc").unwrap_err(), ParamsError::Scheme);
        assert_eq!(Params::parse("Digest").unwrap_err(), ParamsError::Scheme);
        for text in [
            "Digest a=\"b",
            "Digest a",
            "Digest =b",
            "Digest a=",
            "Digest a=\"b\"c=d",
        ] {
            assert_eq!(
                Params::parse(text).unwrap_err(),
                ParamsError::Malformed,
                "{text}"
            );
        }
        let many: String = (0..40).map(|n| format!("p{n}=1,")).collect();
        let many = Params::parse(&format!("Digest {many}")).map(|_| ());
        assert_eq!(many, Err(ParamsError::Malformed));
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_it_panic(text in "Digest [ -~\"\\\\=,é]{0,60}") {
            let _ = Params::parse(&text);
        }
    }
}
