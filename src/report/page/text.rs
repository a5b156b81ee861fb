/// A text as it may stand in the document, in an element or in an attribute: what has a meaning in HTML is
/// escaped, and what may not stand there at all is a replacement character.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(c),
            '\r' => out.push('\n'),
            c if is_barred(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Whether HTML or XML does not let the character stand, or it would turn round the text beside it.
fn is_barred(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || (0xfdd0..=0xfdef).contains(&code)
        || code & 0xfffe == 0xfffe
        || ('\u{202a}'..='\u{202e}').contains(&c)
        || ('\u{2066}'..='\u{2069}').contains(&c)
}

/// The text, or another where it says nothing.
pub(super) fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    let is_blank = text.chars().all(|c| c.is_whitespace() || is_barred(c));
    if is_blank { otherwise } else { text }
}

/// About how wide the text is when set at this size, in the same unit: rather more than less, for whoever reads
/// has fonts of their own.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(|c| size * breadth(c)).sum()
}

fn breadth(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '\u{a0}' => 0.35,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '-' | '/' => 0.42,
        'm' | 'w' | 'M' | 'W' | '%' | '@' | '…' | '—' => 1.0,
        '−' | '+' | '=' | '<' | '>' | '×' | '&' => 0.84,
        c if c.is_uppercase() => 0.72,
        c if u32::from(c) >= 0x1100 && !('\u{2000}'..='\u{2fff}').contains(&c) => 1.05,
        _ => 0.63,
    }
}

/// As much of the text as has room, with an ellipsis where some is left out.
pub(super) fn fit(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let room = room - size * breadth('…');
    let mut used = 0.0;
    let kept: String = (text.chars())
        .take_while(|c| {
            used += size * breadth(*c);
            used <= room
        })
        .collect();
    format!("{}…", kept.trim_end())
}

/// The text in lines that have room, broken between words; no more than `most`, of which the last is cut.
pub(super) fn wrap(text: &str, size: f64, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_last = lines.len() == most;
        match lines.last_mut() {
            Some(line) if is_last || width(&format!("{line} {word}"), size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| fit(line, size, room)).collect()
}
