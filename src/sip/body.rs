//! Message bodies: a single one, or several in a `multipart/mixed` (RFC 5621), as when a network
//! sends a session description together with the caller's location.

/// One body with its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The media type in lower case, without parameters.
    pub content_type: String,
    /// Content-ID without its brackets, to which a Geolocation `cid:` URI points (RFC 6442).
    pub content_id: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// At most so many parts are looked at; the rest is ignored.
const MAX_PARTS: usize = 8;

/// Splits a body by its Content-Type. A body without a type, or a multipart whose boundary cannot be
/// found, gives no parts.
pub fn parts(content_type: Option<&str>, body: &[u8]) -> Vec<Part> {
    let Some(content_type) = content_type.filter(|_| !body.is_empty()) else {
        return Vec::new();
    };
    let media_type = media_type(content_type);
    if !media_type.starts_with("multipart/") {
        return vec![Part {
            content_type: media_type,
            content_id: None,
            body: body.to_vec(),
        }];
    }
    match parameter(content_type, "boundary") {
        Some(boundary) => split(body, &boundary),
        None => Vec::new(),
    }
}

/// Several bodies as one, with its Content-Type (RFC 5621). A part with a Content-ID is there because a
/// header refers to it, and whoever does not know its type may leave it.
pub fn mixed(parts: &[Part], boundary: &str) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for part in parts {
        body.extend(format!("--{boundary}\r\nContent-Type: {}\r\n", part.content_type).bytes());
        if let Some(id) = &part.content_id {
            let by_reference = "Content-Disposition: by-reference;handling=optional";
            body.extend(format!("Content-ID: <{id}>\r\n{by_reference}\r\n").bytes());
        }
        body.extend(b"\r\n");
        body.extend(&part.body);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{boundary}--\r\n").bytes());
    (format!("multipart/mixed;boundary=\"{boundary}\""), body)
}

/// The first part of a type, such as `application/sdp`.
pub fn find<'a>(parts: &'a [Part], content_type: &str) -> Option<&'a Part> {
    parts.iter().find(|p| p.content_type == content_type)
}

fn media_type(content_type: &str) -> String {
    let end = content_type.find(';').unwrap_or(content_type.len());
    content_type[..end].trim().to_ascii_lowercase()
}

fn parameter(content_type: &str, name: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|p| {
        let (key, value) = p.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn split(body: &[u8], boundary: &str) -> Vec<Part> {
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = match position(body, delimiter.as_bytes()) {
        Some(at) => &body[at + delimiter.len()..],
        None => return found,
    };
    while found.len() < MAX_PARTS && !rest.starts_with(b"--") {
        let end = position(rest, delimiter.as_bytes()).unwrap_or(rest.len());
        found.extend(part(&rest[..end]));
        match rest.get(end + delimiter.len()..) {
            Some(next) => rest = next,
            None => break,
        }
    }
    found
}

fn part(raw: &[u8]) -> Option<Part> {
    let raw = raw.strip_prefix(b"\r\n").unwrap_or(raw);
    let blank = position(raw, b"\r\n\r\n")?;
    let headers = std::str::from_utf8(&raw[..blank]).ok()?;
    let body = &raw[blank + 4..];
    let body = body.strip_suffix(b"\r\n").unwrap_or(body);
    let header = |name: &str| {
        headers.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim()
                .eq_ignore_ascii_case(name)
                .then(|| value.trim().to_owned())
        })
    };
    Some(Part {
        content_type: media_type(&header("Content-Type")?),
        content_id: header("Content-ID").map(|id| id.trim_matches(['<', '>']).to_owned()),
        body: body.to_vec(),
    })
}

fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|w| w == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_single_body_is_one_part() {
        let found = parts(Some("Application/SDP; charset=utf-8"), b"v=0\r\n");
        assert_eq!(found[0].content_type, "application/sdp");
        assert_eq!(found[0].body, b"v=0\r\n");
    }

    #[test]
    fn sdp_and_location_are_told_apart() {
        let body = b"--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b1\r\n\
            Content-Type: application/pidf+xml\r\nContent-ID: <loc@here>\r\n\r\n<presence/>\r\n--b1--\r\n";
        let found = parts(Some("multipart/mixed;boundary=\"b1\""), body);
        assert_eq!(found.len(), 2);
        assert_eq!(find(&found, "application/sdp").unwrap().body, b"v=0\r\n");
        let location = find(&found, "application/pidf+xml").unwrap();
        assert_eq!(location.content_id.as_deref(), Some("loc@here"));
        assert_eq!(location.body, b"<presence/>");
    }

    #[test]
    fn several_bodies_are_found_again_as_they_were() {
        let part = |content_type: &str, content_id: Option<&str>, body: &[u8]| Part {
            content_type: content_type.to_owned(),
            content_id: content_id.map(str::to_owned),
            body: body.to_vec(),
        };
        let written = [
            part("application/sdp", None, b"v=0\r\ns=-\r\n"),
            part("application/pidf+xml", Some("a@b"), b"<presence/>\r\n"),
        ];
        let (content_type, body) = mixed(&written, "x1");
        assert_eq!(parts(Some(&content_type), &body), written);
        let text = String::from_utf8(body).unwrap();
        assert!(text.contains("Content-Disposition: by-reference;handling=optional\r\n"));
    }

    #[test]
    fn a_multipart_without_a_boundary_has_no_parts() {
        assert!(parts(Some("multipart/mixed"), b"--x\r\n\r\n").is_empty());
        assert!(parts(None, b"v=0").is_empty());
    }

    proptest! {
        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..300), boundary in "[-a-c]{0,3}") {
            let _ = parts(Some(&format!("multipart/mixed;boundary={boundary}")), &body);
        }
    }
}
