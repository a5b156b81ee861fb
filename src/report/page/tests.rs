use proptest::prelude::*;
use roxmltree::{Document, Node, ParsingOptions};

use super::*;

mod document;
mod drawing;
mod words;

/// A plot of one series over a day.
fn day(points: Vec<(f64, f64)>, shape: Shape) -> Plot {
    Plot {
        title: "Mean wait".into(),
        x: X::Time {
            from: 0.0,
            to: 1_440.0,
        },
        y_label: "Wait".into(),
        unit: "s".into(),
        series: vec![Series {
            name: "London".into(),
            points,
            shape,
        }],
        targets: Vec::new(),
    }
}

/// A plot of one series by names.
fn named(names: &[&str], points: Vec<(f64, f64)>) -> Plot {
    Plot {
        x: X::Categories {
            label: "Region".into(),
            names: names.iter().map(|name| name.to_string()).collect(),
        },
        ..day(points, Shape::Bars)
    }
}

fn page(blocks: Vec<Block>) -> Page {
    Page {
        title: "A day".into(),
        subtitle: vec!["Monday".into()],
        parts: vec![Part {
            heading: "All".into(),
            blocks,
        }],
    }
}

fn of(plot: Plot) -> String {
    page(vec![Block::Plot(plot)]).html()
}

fn parse(html: &str) -> Document<'_> {
    let options = ParsingOptions {
        allow_dtd: true,
        ..ParsingOptions::default()
    };
    Document::parse_with_options(html, options).unwrap()
}

fn all<'a>(of: Node<'a, 'a>, name: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    of.descendants().filter(move |node| node.has_tag_name(name))
}

fn words(of: Node) -> String {
    of.descendants()
        .filter(Node::is_text)
        .filter_map(|node| node.text())
        .collect()
}

fn with_class<'a>(of: Node<'a, 'a>, class: &'a str) -> impl Iterator<Item = Node<'a, 'a>> {
    of.descendants().filter(move |node| {
        node.attribute("class")
            .is_some_and(|c| c.split(' ').any(|c| c == class))
    })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,24}",
        Just("<script>alert(1)</script>".to_owned()),
        Just("]]> & \" ' --> </title>".to_owned()),
        Just("\u{0}\u{b}\u{fffe}\u{ffff}\u{202e}\u{85}\u{1fffe}".to_owned()),
        Just("x".repeat(400)),
    ]
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        proptest::num::f64::ANY,
        -10.0..2_000.0_f64,
        (0..20_i32).prop_map(f64::from),
        Just(-0.0),
        Just(f64::MAX),
        Just(f64::MIN_POSITIVE),
    ]
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        Just(Shape::Line),
        Just(Shape::Steps),
        Just(Shape::Bars),
        prop::collection::vec((value(), value(), value()), 0..6).prop_map(Shape::Band),
    ]
}

fn series() -> impl Strategy<Value = Series> {
    (
        text(),
        prop::collection::vec((value(), value()), 0..30),
        shape(),
    )
        .prop_map(|(name, points, shape)| Series {
            name,
            points,
            shape,
        })
}

fn x() -> impl Strategy<Value = X> {
    prop_oneof![
        (value(), value()).prop_map(|(from, to)| X::Time { from, to }),
        (text(), value(), value()).prop_map(|(label, from, to)| X::Number { label, from, to }),
        (text(), prop::collection::vec(text(), 0..60))
            .prop_map(|(label, names)| X::Categories { label, names }),
    ]
}

fn plot() -> impl Strategy<Value = Plot> {
    let targets = prop::collection::vec((value(), text()), 0..4);
    let all = prop::collection::vec(series(), 0..4);
    (text(), x(), text(), text(), all, targets).prop_map(
        |(title, x, y_label, unit, series, targets)| Plot {
            title,
            x,
            y_label,
            unit,
            series,
            targets,
        },
    )
}

fn cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        text().prop_map(Cell::Text),
        text().prop_map(Cell::Number),
        (text(), any::<bool>()).prop_map(|(text, is_met)| Cell::Met(text, is_met)),
    ]
}

fn table() -> impl Strategy<Value = Table> {
    let rows = prop::collection::vec(prop::collection::vec(cell(), 0..5), 0..5);
    (text(), prop::collection::vec(text(), 0..5), rows).prop_map(|(caption, heading, rows)| Table {
        caption,
        heading,
        rows,
    })
}

fn block() -> impl Strategy<Value = Block> {
    prop_oneof![
        text().prop_map(Block::Text),
        table().prop_map(Block::Table),
        plot().prop_map(Block::Plot),
    ]
}

fn any_page() -> impl Strategy<Value = Page> {
    let part = (text(), prop::collection::vec(block(), 0..4))
        .prop_map(|(heading, blocks)| Part { heading, blocks });
    (
        text(),
        prop::collection::vec(text(), 0..3),
        prop::collection::vec(part, 0..3),
    )
        .prop_map(|(title, subtitle, parts)| Page {
            title,
            subtitle,
            parts,
        })
}
