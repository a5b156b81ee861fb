use super::super::axis::Axis;
use super::super::frame::SIZES;
use super::super::pen::{COLOURS, Pen};
use super::super::thin::thin;
use super::*;

/// The numbers of an attribute or a path.
fn numbers(text: &str) -> Vec<f64> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().unwrap())
        .collect()
}

/// Nothing is drawn outside of the picture, and nothing at a place that is none.
fn is_inside(picture: Node) {
    let bounds = numbers(picture.attribute("viewBox").unwrap());
    let (width, height) = (bounds[2], bounds[3]);
    for node in picture.descendants().filter(Node::is_element) {
        for (name, most) in [
            ("x", width),
            ("y", height),
            ("x1", width),
            ("x2", width),
            ("y1", height),
            ("y2", height),
        ] {
            let Some(text) = node.attribute(name) else {
                continue;
            };
            let at: f64 = text.parse().unwrap();
            assert!(
                (-0.1..=most + 0.1).contains(&at),
                "{name} is {at} of {most}"
            );
        }
        let is_stroke = node.attribute("stroke-linejoin").is_some();
        for pair in node
            .attribute("d")
            .filter(|_| is_stroke)
            .map(numbers)
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .chunks(2)
        {
            assert!(
                (0.0..=width).contains(&pair[0]) && (0.0..=height).contains(&pair[1]),
                "{pair:?}"
            );
        }
    }
}

fn pictures<'a>(document: &'a Document<'a>) -> impl Iterator<Item = Node<'a, 'a>> {
    all(document.root_element(), "figure")
        .flat_map(|figure| figure.children().filter(|node| node.has_tag_name("svg")))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_drawn_outside(plot in plot()) {
        let html = of(plot);
        pictures(&parse(&html)).for_each(is_inside);
    }

    #[test]
    fn an_axis_holds_its_values_by_steps_of_one_two_or_five(a in -1e9..1e9_f64, b in -1e9..1e9_f64, most in 2..8_usize) {
        let (low, high) = (a.min(b), a.max(b));
        prop_assume!(high - low > 1e-3);
        let axis = Axis::of_values(low, high, most, false);
        prop_assert!(axis.from <= low + 1e-6 && axis.to >= high - 1e-6);
        prop_assert!((2..=most + 3).contains(&axis.ticks.len()), "{:?}", axis.ticks);
        let step = axis.ticks[1].0 - axis.ticks[0].0;
        let first = step / 10_f64.powf(step.log10().floor());
        prop_assert!([1.0, 2.0, 5.0, 10.0].iter().any(|n| (n - first).abs() < 1e-3), "{step}");
    }

    #[test]
    fn thinning_keeps_the_ends_and_the_peaks(heights in prop::collection::vec(0.0..100.0_f64, 1..3_000)) {
        let count = heights.len() as f64;
        let points: Vec<(f64, f64)> = heights.iter().enumerate().map(|(n, y)| (n as f64 / count * 300.0, *y)).collect();
        let kept = thin(&points, 300.0);
        prop_assert!(kept.len() <= 1_200);
        let most = |points: &[(f64, f64)]| points.iter().map(|p| p.1).fold(f64::MIN, f64::max);
        let least = |points: &[(f64, f64)]| points.iter().map(|p| p.1).fold(f64::MAX, f64::min);
        prop_assert_eq!((most(&kept), least(&kept)), (most(&points), least(&points)));
        prop_assert_eq!((kept.first(), kept.last()), (points.first(), points.last()));
        prop_assert!(kept.is_sorted_by(|a, b| a.0 <= b.0));
    }
}

#[test]
fn one_peak_among_thousands_is_seen() {
    let mut points: Vec<(f64, f64)> = (0..2_000)
        .map(|n| (f64::from(n) * 0.72, f64::from(n % 7)))
        .collect();
    points[1_234].1 = 100.0;
    let html = of(day(points, Shape::Line));
    for picture in pictures(&parse(&html)) {
        let path = all(picture, "path")
            .find(|p| p.attribute("stroke-linejoin").is_some())
            .unwrap();
        let places = numbers(path.attribute("d").unwrap());
        assert!(places.len() < 4 * 2 * 720, "{}", places.len());
        let top = with_class(picture, "grid")
            .filter_map(|g| g.attribute("y1")?.parse::<f64>().ok())
            .fold(f64::MAX, f64::min);
        assert!(
            places.chunks(2).any(|p| p[1] == top),
            "the peak is not at {top}"
        );
    }
}

#[test]
fn bars_lie_beneath_each_other_until_there_are_too_many() {
    let bars = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("Service {n}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let html = of(named(&names, (0..count).map(|n| (n as f64, 1.0)).collect()));
        let document = parse(&html);
        let picture = pictures(&document).next().unwrap();
        (
            with_class(picture, "name").count(),
            all(picture, "rect").count(),
        )
    };
    assert_eq!(bars(6), (6, 6));
    assert_eq!(bars(60), (0, 60));
    assert_eq!(bars(300), (0, 0));
}

#[test]
fn a_gap_is_not_bridged() {
    let points = vec![
        (0.0, 1.0),
        (60.0, 2.0),
        (120.0, f64::NAN),
        (180.0, 2.0),
        (240.0, f64::INFINITY),
        (300.0, 1.0),
        (360.0, 1.0),
    ];
    for shape in [Shape::Line, Shape::Steps] {
        let is_line = shape == Shape::Line;
        let html = of(day(points.clone(), shape));
        let document = parse(&html);
        let picture = pictures(&document).next().unwrap();
        let strokes = all(picture, "path")
            .filter(|p| p.attribute("stroke-linejoin").is_some())
            .count();
        assert_eq!(strokes, if is_line { 2 } else { 3 });
    }
}

#[test]
fn series_differ_by_more_than_colour() {
    let looks: Vec<String> = (0..12)
        .map(|n| {
            let pen = Pen::of(n);
            let mut svg = super::super::svg::Svg::default();
            pen.mark(&mut svg, 0.0, 0.0);
            let mark = svg.finish();
            let shape = mark.split("fill").next().unwrap().to_owned();
            format!("{} {} {shape}", pen.dash, pen.weight)
        })
        .collect();
    for (n, look) in looks.iter().enumerate() {
        assert!(!looks[..n].contains(look), "{n} looks like one before it");
    }
}

fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let share = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if share <= 0.04045 {
            share / 12.92
        } else {
            ((share + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

#[test]
fn colours_are_read_on_white_and_differ_in_lightness_from_their_neighbours() {
    for pair in COLOURS.windows(2) {
        let (a, b) = (luminance(pair[0]), luminance(pair[1]));
        assert!(
            1.05 / (a + 0.05) >= 4.5 && 1.05 / (b + 0.05) >= 4.5,
            "{pair:?}"
        );
        assert!((a.max(b) + 0.05) / (a.min(b) + 0.05) >= 1.5, "{pair:?}");
    }
}

#[test]
fn on_a_telephone_the_text_is_read() {
    let narrow = SIZES.iter().find(|size| size.name == "narrow").unwrap();
    assert!(narrow.font * (360.0 - 32.0) / narrow.width >= 10.0);
    let wide = SIZES.iter().find(|size| size.name == "wide").unwrap();
    assert!(wide.font * (600.0 - 32.0) / wide.width >= 10.0);
}

#[test]
fn targets_are_labelled_lines() {
    let mut plot = day(
        (0..24).map(|n| (f64::from(n) * 60.0, 10.0)).collect(),
        Shape::Line,
    );
    plot.targets = vec![(20.0, "Target".into()), (f64::NAN, "None".into())];
    let html = of(plot);
    for picture in pictures(&parse(&html)) {
        assert_eq!(with_class(picture, "target").count(), 1);
        assert_eq!(
            with_class(picture, "target-name")
                .map(words)
                .collect::<Vec<_>>(),
            ["Target: 20\u{a0}s"]
        );
    }
}

#[test]
fn a_figure_at_the_end_of_its_bar_is_not_crossed_by_a_target() {
    let names = ["London", "Suffolk", "National"];
    let mut plot = named(&names, vec![(0.0, 2.4), (1.0, 0.0), (2.0, 21.4)]);
    plot.targets = vec![(3.0, "Target".into())];
    let html = of(plot);
    for picture in pictures(&parse(&html)) {
        let line = with_class(picture, "target").next().unwrap();
        let at: f64 = line.attribute("x1").unwrap().parse().unwrap();
        let figures = with_class(picture, "figure").map(|text| {
            let x: f64 = text.attribute("x").unwrap().parse().unwrap();
            (x, words(text))
        });
        let figures: Vec<(f64, String)> = figures.collect();
        assert_eq!(figures.len(), 3);
        assert!(figures[0].0 > at);
        for (x, figure) in figures {
            let end = x + crate::report::page::text::width(&figure, 12.5);
            assert!(
                x > at || end < at,
                "{figure} from {x} to {end}, the target at {at}"
            );
        }
    }
}
