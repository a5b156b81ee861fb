use std::collections::BTreeSet;

use super::*;

/// What every document is, whatever stands in it.
fn is_sound(html: &str) {
    let document = parse(html);
    let root = document.root_element();
    assert!(html.starts_with("<!DOCTYPE html>"));
    assert_eq!(root.attribute("lang"), Some("en-GB"));
    for once in ["title", "main", "h1"] {
        let is_head = |node: &Node| node.parent().is_some_and(|p| !p.has_tag_name("svg"));
        assert_eq!(all(root, once).filter(is_head).count(), 1, "{once}");
    }
    let mut ids = BTreeSet::new();
    for id in root.descendants().filter_map(|node| node.attribute("id")) {
        assert!(ids.insert(id), "{id} stands twice");
    }
    for node in root.descendants() {
        for label in node
            .attribute("aria-labelledby")
            .into_iter()
            .flat_map(str::split_whitespace)
        {
            assert!(ids.contains(label), "{label} is not there");
        }
        if let Some(to) = node.attribute("href") {
            assert!(
                ids.contains(to.strip_prefix('#').unwrap()),
                "{to} leads nowhere"
            );
        }
        if let Some(id) = node.attribute("fill").and_then(|f| f.strip_prefix("url(#")) {
            assert!(ids.contains(id.trim_end_matches(')')), "{id} is no hatch");
        }
        assert!(
            node.attributes()
                .all(|a| a.name() != "src" && a.name() != "style" && !a.name().starts_with("on"))
        );
    }
    assert_eq!(
        all(root, "script").count() + all(root, "link").count() + all(root, "img").count(),
        0
    );
    for figure in all(root, "figure") {
        is_told(figure);
    }
}

/// A figure has two pictures with a name and words, and its table behind it.
fn is_told(figure: Node) {
    let pictures: Vec<Node> = figure
        .children()
        .filter(|node| node.has_tag_name("svg"))
        .collect();
    assert_eq!(pictures.len(), 2);
    for picture in pictures {
        assert_eq!(picture.attribute("role"), Some("img"));
        let told = picture
            .children()
            .find(|node| node.has_tag_name("desc"))
            .unwrap();
        assert!(!words(told).trim().is_empty());
    }
    let behind: Vec<Node> = figure
        .next_siblings()
        .filter(Node::is_element)
        .skip(1)
        .take(2)
        .collect();
    assert!(behind[0].has_tag_name("details"));
    assert!(behind[1].attribute("class").unwrap().starts_with("figures"));
    assert_eq!(
        behind[1]
            .descendants()
            .filter(|node| node.has_tag_name("table"))
            .count(),
        1
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_stands_in_it_the_document_is_sound(page in any_page()) {
        is_sound(&page.html());
    }

    #[test]
    fn behind_a_plot_stands_a_row_for_every_point(mut plot in plot(), one in series()) {
        let count = one.points.len();
        plot.series = vec![Series { shape: Shape::Line, ..one }];
        let html = of(plot);
        let document = parse(&html);
        let body = all(document.root_element(), "tbody").last().unwrap();
        let rows = all(body, "tr").filter(|row| all(*row, "td").all(|cell| cell.attribute("colspan").is_none()));
        prop_assert_eq!(rows.count(), count);
    }

    #[test]
    fn the_same_page_is_written_the_same(page in any_page()) {
        prop_assert_eq!(page.html(), page.html());
    }
}

#[test]
fn an_empty_page_is_one_too() {
    is_sound(&Page::default().html());
    is_sound(
        &page(vec![Block::Plot(Plot {
            series: Vec::new(),
            ..day(Vec::new(), Shape::Line)
        })])
        .html(),
    );
}

#[test]
fn text_from_outside_stays_text() {
    let mut page = page(vec![Block::Text("one <b>\n\ntwo & \u{7}three".into())]);
    page.title = "<script>\"x\" & 'y'".into();
    let html = page.html();
    let document = parse(&html);
    let heading = all(document.root_element(), "h1").next().unwrap();
    assert_eq!(words(heading), "<script>\"x\" & 'y'");
    let main = all(document.root_element(), "main").next().unwrap();
    let paragraphs: Vec<String> = all(main, "p").map(words).collect();
    assert_eq!(paragraphs, ["one <b>", "two & \u{fffd}three"]);
}

#[test]
fn the_style_fetches_nothing() {
    let html = Page::default().html();
    assert!(
        !html.contains("url(") && !html.contains("@import") && !html.contains("://"),
        "{html}"
    );
}

#[test]
fn contents_lead_to_every_part() {
    let part = |heading: &str| Part {
        heading: heading.into(),
        blocks: Vec::new(),
    };
    let page = Page {
        parts: vec![part("First"), part("Second")],
        ..Page::default()
    };
    let html = page.html();
    let document = parse(&html);
    let links: Vec<(String, String)> = all(document.root_element(), "a")
        .map(|a| (a.attribute("href").unwrap().to_owned(), words(a)))
        .collect();
    let wanted = [("#part-1", "First"), ("#part-2", "Second")];
    assert_eq!(
        links,
        wanted.map(|(to, name)| (to.to_owned(), name.to_owned()))
    );
}

#[test]
fn a_table_names_its_columns_and_rows_and_tells_targets_in_words() {
    let table = Table {
        caption: "Items".into(),
        heading: vec!["Item".into(), "Figure".into()],
        rows: vec![
            vec![Cell::Text("A03".into()), Cell::Met("91 %".into(), false)],
            vec![Cell::Text("B02".into()), Cell::Met("2 %".into(), true)],
            vec![
                Cell::Text("A01".into()),
                Cell::Number("7".into()),
                Cell::Text("more".into()),
            ],
        ],
    };
    let html = page(vec![Block::Table(table)]).html();
    let document = parse(&html);
    let root = document.root_element();
    let scopes = |scope: &str| {
        all(root, "th")
            .filter(|th| th.attribute("scope") == Some(scope))
            .count()
    };
    assert_eq!((scopes("col"), scopes("row")), (2, 3));
    assert!(all(root, "tr").all(|row| row.children().filter(Node::is_element).count() == 3));
    let held: Vec<String> = with_class(root, "number").map(words).collect();
    assert_eq!(held, ["Figure", "91 % ✗ not met", "2 % ✓ met", "7 "]);
    assert_eq!(words(all(root, "caption").next().unwrap()), "Items");
}

#[test]
fn only_a_wide_table_has_a_box_that_keys_reach() {
    let table = |columns: usize| Table {
        caption: "Wide".into(),
        heading: vec!["A01".into(); columns],
        rows: vec![vec![Cell::Number("123,456".into()); columns]],
    };
    let boxed = |columns: usize| {
        let html = page(vec![Block::Table(table(columns))]).html();
        let document = parse(&html);
        let found = with_class(document.root_element(), "box").next().unwrap();
        found
            .attribute("tabindex")
            .zip(found.attribute("aria-label"))
            .map(|(t, l)| (t.to_owned(), l.to_owned()))
    };
    assert_eq!(boxed(2), None);
    assert_eq!(boxed(12), Some(("0".to_owned(), "Wide".to_owned())));
}

#[test]
fn series_stand_beside_each_other_in_the_table() {
    let mut plot = day(vec![(60.0, 1.0), (0.0, 2.0)], Shape::Line);
    plot.series.push(Series {
        name: "South West".into(),
        points: vec![(60.0, f64::NAN), (120.0, 4.5)],
        shape: Shape::Band(vec![(60.0, 3.0, 6.0)]),
    });
    let html = of(plot);
    let document = parse(&html);
    let rows: Vec<Vec<String>> = all(document.root_element(), "tr")
        .map(|row| row.children().filter(Node::is_element).map(words).collect())
        .collect();
    let wanted = [
        [
            "Time",
            "London (s)",
            "South West (s)",
            "South West, low (s)",
            "South West, high (s)",
        ],
        ["00:00", "2.0", "–", "–", "–"],
        ["01:00", "1.0", "–", "3.0", "6.0"],
        ["02:00", "–", "4.5", "–", "–"],
    ];
    assert_eq!(rows, wanted);
}
