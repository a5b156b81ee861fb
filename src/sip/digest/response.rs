use super::Algorithm;

/// What `response=` is computed from (RFC 7616 section 3.4.1).
pub struct Proof<'a> {
    pub algorithm: Algorithm,
    pub username: &'a str,
    pub realm: &'a str,
    pub password: &'a str,
    pub method: &'a str,
    pub uri: &'a str,
    pub nonce: &'a str,
    /// The nonce count and the client's nonce under `qop=auth`; none where the server gave no `qop`.
    pub auth: Option<(&'a str, &'a str)>,
}

impl Proof<'_> {
    /// The response in lower-case hexadecimal.
    pub fn response(&self) -> String {
        let Proof {
            algorithm,
            username,
            realm,
            password,
            method,
            uri,
            nonce,
            auth,
        } = self;
        let secret = algorithm.hex(&format!("{username}:{realm}:{password}"));
        let request = algorithm.hex(&format!("{method}:{uri}"));
        let data = match auth {
            Some((nc, cnonce)) => format!("{nonce}:{nc}:{cnonce}:auth:{request}"),
            None => format!("{nonce}:{request}"),
        };
        algorithm.hex(&format!("{secret}:{data}"))
    }
}

/// Compares two texts in a time that depends on their lengths only.
pub fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut difference = 0;
    for (l, r) in left.iter().zip(right) {
        difference = std::hint::black_box(difference | (l ^ r));
    }
    difference == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The inputs of RFC 7616 section 3.9.1.
    fn published(algorithm: Algorithm) -> Proof<'static> {
        Proof {
            algorithm,
            username: "Mufasa",
            realm: "http-auth@example.org",
            password: "Circle of Life",
            method: "GET",
            uri: "/dir/index.html",
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            auth: Some(("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
        }
    }

    #[test]
    fn the_published_responses_come_out() {
        assert_eq!(
            published(Algorithm::Md5).response(),
            "8ca523f5e9506fed4657c9700eebdbec"
        );
        assert_eq!(
            published(Algorithm::Sha256).response(),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    #[test]
    fn texts_are_equal_only_when_every_byte_is() {
        assert!(equal("", "") && equal("ab0", "ab0"));
        assert!(!equal("ab0", "ab1") && !equal("ab0", "ab") && !equal("xb0", "ab0"));
    }
}
