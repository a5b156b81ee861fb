//! Pages with plots, looked at in a browser: as wide as a desk's, as narrow as a telephone's, and on paper.

use std::path::Path;
use std::process::{Command, Output};

use roxmltree::{Document, Node, ParsingOptions};
use serde_json::Value;

use super::measures::Forty;
use super::support::browser::Browser;

/// The widths at which a page is looked at.
const DESK: u32 = 1_280;
const TELEPHONE: u32 = 360;
/// Shows a page as wide as a telephone and writes down how it lies there. A window is never so narrow.
const FRAME: &str = r#"<!DOCTYPE html><html><body style="margin:0">
<iframe id="page" src="PAGE" style="width:WIDTHpx;height:900px;border:0"></iframe><pre id="found"></pre>
<script>
document.getElementById('page').addEventListener('load', event => {
  const view = event.target.contentWindow, page = view.document, root = page.documentElement;
  const is_seen = node => node.getClientRects().length > 0;
  const figures = [...page.querySelectorAll('figure')];
  const pictures = figures.map(figure => [...figure.querySelectorAll('svg[role=img]')].filter(is_seen));
  const beyond = [...page.querySelectorAll('h1, h2, h3, p, li, figure, .box')]
    .filter(node => is_seen(node) && node.getBoundingClientRect().right > root.clientWidth + 0.5);
  page.querySelectorAll('details').forEach(details => details.open = true);
  const behind = [...page.querySelectorAll('details + .figures')];
  document.getElementById('found').textContent = JSON.stringify({
    client: root.clientWidth, scroll: root.scrollWidth, high: root.scrollHeight,
    figures: figures.length,
    seen: pictures.filter(seen => seen.length === 1).length,
    drawn: pictures.filter(seen => seen.every(svg => {
      const box = svg.getBoundingClientRect();
      return box.width > 250 && box.height > 80 && svg.querySelector('text').getBBox().width > 5;
    })).length,
    beyond: beyond.length,
    tables: behind.filter(box => is_seen(box) && box.querySelectorAll('tbody tr').length > 0).length,
  });
});
</script></body></html>"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A winter Monday of a small service.
fn simulate(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ivr111"));
    command
        .current_dir(root())
        .args([
            "simulate",
            "--day",
            "2026-12-28",
            "--calls",
            "3000",
            "--handlers",
            "24",
            "--seed",
            "7",
        ])
        .args(arguments);
    command.output().unwrap()
}

fn of_a_day(browser: &Browser) -> Value {
    let page = browser.folder().join("page.html");
    let output = simulate(&["--json", "--html", page.to_str().unwrap()]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// How a page lies in a frame of this width.
fn found(browser: &Browser, width: u32) -> Value {
    let frame = FRAME
        .replace("PAGE", "page.html")
        .replace("WIDTH", &width.to_string());
    std::fs::write(browser.folder().join("frame.html"), frame).unwrap();
    let document = browser.document("frame.html", width.max(500));
    let (_, rest) = document.split_once("<pre id=\"found\">").unwrap();
    let (found, _) = rest.split_once("</pre>").unwrap();
    serde_json::from_str(found).unwrap_or_else(|error| panic!("{error}: {found}"))
}

pub fn lies_well(browser: &Browser, figures: usize) {
    for width in [DESK, TELEPHONE] {
        let found = found(browser, width);
        assert_eq!(found["client"], width, "{found}");
        assert_eq!(found["scroll"], found["client"], "{found}");
        assert_eq!(found["beyond"], 0, "{found}");
        for what in ["figures", "seen", "drawn", "tables"] {
            assert_eq!(found[what], figures, "{what} at {width}: {found}");
        }
    }
}

/// The pictures have the size of the window and show something, at both widths.
fn is_seen(browser: &Browser) {
    std::fs::write(
        browser.folder().join("blank.html"),
        "<!DOCTYPE html><title>.</title>",
    )
    .unwrap();
    let frame = format!(
        "<!DOCTYPE html><body style=\"margin:0\"><iframe src=\"page.html\" \
         style=\"width:{TELEPHONE}px;height:3000px;border:0\"></iframe>"
    );
    std::fs::write(browser.folder().join("telephone.html"), frame).unwrap();
    for (file, size) in [
        ("page.html", (DESK, 3_000)),
        ("telephone.html", (500, 3_000)),
    ] {
        let blank = browser.picture("blank.html", size);
        let picture = browser.picture(file, size);
        assert_eq!((blank.size, picture.size), (size, size));
        let (shown, nothing) = (picture.bytes.len(), blank.bytes.len());
        assert!(
            shown > 50_000 && shown > 5 * nothing,
            "{file}: {shown} and {nothing} bytes"
        );
    }
}

/// What the page has on paper, with every space alike.
pub fn on_paper(browser: &Browser) -> String {
    let file = browser.print("page.html");
    let bytes = std::fs::read(&file).unwrap();
    assert!(bytes.starts_with(b"%PDF"));
    let mut command = Command::new("pdftotext");
    let output = command.arg("-layout").arg(&file).arg("-").output();
    let output = output.expect("pdftotext; make test installs what is missing");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// Every figure has words and a table; gives how many figures there are.
pub fn is_told(html: &str) -> usize {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    let page = Document::parse_with_options(html, options).unwrap();
    let all = |of: Node<'_, '_>, name: &str| {
        let nodes = of.descendants().filter(|node| node.has_tag_name(name));
        nodes.count()
    };
    let is_plot = |node: &Node| node.attribute("class") == Some("plot");
    let plots: Vec<Node> = page.descendants().filter(is_plot).collect();
    for plot in &plots {
        let pictures: Vec<Node> = (plot.descendants())
            .filter(|node| node.attribute("role") == Some("img"))
            .collect();
        assert_eq!(pictures.len(), 2);
        for picture in pictures {
            for name in picture.attribute("aria-labelledby").unwrap().split(' ') {
                let named = picture
                    .descendants()
                    .find(|node| node.attribute("id") == Some(name));
                assert!(named.unwrap().text().unwrap().len() > 5, "{name}");
            }
        }
        let rows: usize = all(*plot, "tr");
        assert!(all(*plot, "details") == 1 && all(*plot, "table") == 1 && rows > 2);
    }
    assert_eq!(all(page.root(), "script"), 0);
    assert_eq!(all(page.root(), "figure"), plots.len());
    plots.len()
}

pub fn page(browser: &Browser) -> String {
    std::fs::read_to_string(browser.folder().join("page.html")).unwrap()
}

/// A count as the page writes it.
fn written(count: &Value) -> String {
    let digits = count.as_u64().unwrap().to_string();
    match digits.len() {
        4.. => format!(
            "{},{}",
            &digits[..digits.len() - 3],
            &digits[digits.len() - 3..]
        ),
        _ => digits,
    }
}

#[test]
fn a_simulated_day_is_a_page_for_a_desk_a_telephone_and_paper() {
    let browser = Browser::new();
    let day = of_a_day(&browser);
    let html = page(&browser);
    for told in [
        "This is a simulation",
        "winter-monday",
        "seed 7",
        "3,000 callers",
        "24 call handlers",
        "tables of ",
    ] {
        assert!(html.contains(told), "{told}");
    }
    let figures = is_told(&html);
    assert!(figures >= 15, "{figures}");
    lies_well(&browser, figures);
    is_seen(&browser);
    let paper = on_paper(&browser);
    let answered = format!("Answered {}", written(&day["items"]["A03"]));
    assert!(paper.contains(&answered), "{answered}");
    let abandoned = day["targets"][0]["figure"].as_f64().unwrap();
    assert!(
        paper.contains(&format!("Abandoned {abandoned:.1} % ✗ not met below 3 %")),
        "{abandoned}"
    );
    // The table behind a plot, which is folded up on a screen.
    let noon = day["samples"]
        .as_array()
        .unwrap()
        .iter()
        .find(|sample| sample["at"] == "2026-12-28T12:00:00Z");
    let noon = noon.unwrap();
    let people = format!("12:00 {} {}", noon["staffed"], noon["talking"]);
    assert!(paper.contains(&people), "{people}");
}

#[test]
fn the_same_day_is_the_same_page_and_the_terminal_says_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let plain = simulate(&[]);
    let (one, other) = (
        simulate(&["--html", &file("one")]),
        simulate(&["--html", &file("other")]),
    );
    assert!(plain.status.success() && !plain.stdout.is_empty());
    assert_eq!(plain.stdout, one.stdout);
    assert_eq!(one.stdout, other.stdout);
    let read = |name: &str| std::fs::read(file(name)).unwrap();
    assert!(read("one") == read("other"));
    let nowhere = simulate(&["--html", &file("not/there.html")]);
    assert_eq!(nowhere.status.code(), Some(2));
    let errors = String::from_utf8_lossy(&nowhere.stderr).into_owned();
    assert!(errors.contains("not/there.html"), "{errors}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn a_report_is_a_page_for_a_desk_a_telephone_and_paper() {
    let (forty, browser) = (Forty::new(), Browser::new());
    let file = browser.folder().join("page.html");
    let whole = ["--from", "2026-03-01", "--to", "2027-01-01"];
    let html = [
        "--by",
        "region",
        "--by",
        "provider",
        "--by",
        "day",
        "--by",
        "hour",
        "--by",
        "region,day",
    ];
    let arguments = [&whole[..], &html].concat();
    let plain = forty.said(&arguments);
    let written = [&arguments[..], &["--html", file.to_str().unwrap()]].concat();
    assert_eq!(forty.said(&written), plain);
    let html = page(&browser);
    assert!(!html.contains("simulation"));
    assert!(html.contains("By region and day"));
    let figures = is_told(&html);
    assert!(figures >= 10, "{figures}");
    lies_well(&browser, figures);
    is_seen(&browser);
    let report = forty.json(&whole);
    let answered = format!("Answered {}", report["items"]["A03"]);
    assert!(on_paper(&browser).contains(&answered), "{answered}");
    let held = [
        &whole[..],
        &["--suppress", "5", "--html", file.to_str().unwrap()],
    ]
    .concat();
    forty.said(&held);
    let html = page(&browser);
    assert!(html.contains("Counts from 1 to 4 are held back") && html.contains(">–<"));
    lies_well(&browser, is_told(&html));
}
