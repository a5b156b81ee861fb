use super::super::notation::Notation;
use super::super::text;
use super::super::told::told;
use super::*;

proptest! {
    #[test]
    fn the_words_name_the_highest_and_when_it_comes(points in prop::collection::vec((0..1_440_i32, -500.0..5_000.0_f64), 2..40)) {
        let points: Vec<(f64, f64)> = points.into_iter().map(|(x, y)| (f64::from(x), y)).collect();
        let plot = day(points.clone(), Shape::Line);
        let mut sorted = points;
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let most = sorted.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a }).unwrap();
        prop_assume!(sorted.iter().any(|p| p.1 < most.1));
        let figure = plot.notation().write(most.1);
        let wanted = format!("highest {figure}\u{a0}s at {}", clock(most.0));
        prop_assert!(told(&plot).contains(&wanted), "{} has no {wanted}", told(&plot));
    }

    #[test]
    fn a_number_is_read_back(value in -1e12..1e12_f64, decimals in 0..6_usize) {
        let text = number(value, decimals);
        let back: f64 = text.replace(',', "").replace('−', "-").parse().unwrap();
        prop_assert!((back - value).abs() <= 0.5 / 10_f64.powi(decimals as i32) + value.abs() * 1e-15);
        prop_assert!(text.trim_start_matches('−').split('.').next().unwrap().split(',').skip(1).all(|p| p.len() == 3));
    }

    #[test]
    fn no_number_is_written_oddly(value in value(), decimals in 0..20_usize) {
        for text in [number(value, decimals), Notation::of(&[value]).write(value), clock(value)] {
            prop_assert!(!text.is_empty() && !text.contains("NaN") && !text.contains("inf") && !text.contains('-'), "{text}");
            prop_assert!(!text.starts_with('−') || text.contains(|c: char| ('1'..='9').contains(&c)), "{text}");
        }
    }

    #[test]
    fn a_cut_text_has_room(text in text(), room in 20.0..300.0_f64) {
        prop_assert!(text::width(&text::fit(&text, 12.0, room), 12.0) <= room);
        for line in text::wrap(&text, 12.0, room, 3) {
            prop_assert!(text::width(&line, 12.0) <= room);
        }
    }
}

#[test]
fn numbers_are_written_for_readers() {
    let all = [
        (number(1_234_567.0, 0), "1,234,567"),
        (number(-1_234.5, 1), "−1,234.5"),
        (number(999.0, 2), "999.00"),
        (number(-0.001, 2), "0.00"),
        (number(-0.0, 0), "0"),
        (number(f64::NAN, 1), "–"),
        (number(1.5e20, 1), "1.5 × 10^20"),
        (number(0.5, 99), "0.500000000"),
    ];
    for (written, wanted) in all {
        assert_eq!(written, wanted);
    }
}

#[test]
fn times_are_those_of_a_clock() {
    let all = [
        (360.0, "06:00"),
        (1_439.0, "23:59"),
        (1_440.0, "24:00"),
        (1_500.0, "01:00 +1\u{a0}d"),
        (-60.0, "23:00 −1\u{a0}d"),
        (0.5, "00:00:30"),
        (f64::INFINITY, "–"),
    ];
    for (minutes, wanted) in all {
        assert_eq!(clock(minutes), wanted);
    }
}

#[test]
fn figures_have_as_many_decimals_as_tell_them() {
    assert_eq!(Notation::of(&[1.0, 250.0]), Notation::Decimals(0));
    assert_eq!(Notation::of(&[95.2, 88.0]), Notation::Decimals(1));
    assert_eq!(Notation::of(&[0.0001234]), Notation::Decimals(7));
    assert_eq!(Notation::of(&[1e-20]), Notation::Power);
    assert_eq!(Notation::of(&[]), Notation::Decimals(0));
}

#[test]
fn it_is_told_when_a_target_is_crossed() {
    let mut plot = day(
        (0..8)
            .map(|n| {
                (
                    f64::from(n) * 60.0,
                    [1.0, 9.0, 8.0, 1.0, 7.0, 1.0, 1.0, 1.0][n as usize],
                )
            })
            .collect(),
        Shape::Line,
    );
    plot.targets = vec![
        (5.0, "Target".into()),
        (20.0, "Far".into()),
        (0.0, "Least".into()),
    ];
    assert_eq!(
        told(&plot),
        "A line: Wait (s), from 00:00 to 24:00. London: 8 figures, lowest 1\u{a0}s at 00:00, highest 9\u{a0}s at 01:00; \
         above “Target: 5\u{a0}s” in 3 of 8: from 01:00 to 02:00, at 04:00; never above “Far: 20\u{a0}s”; \
         always above “Least: 0\u{a0}s”."
    );
}

#[test]
fn names_are_told_by_name() {
    let mut plot = named(
        &["London", "South West", "Wales"],
        vec![(0.0, 3.0), (1.0, 12.5), (2.0, f64::NAN)],
    );
    plot.targets = vec![(10.0, "at most 10 s".into())];
    assert_eq!(
        told(&plot),
        "Bars: Wait (s), by Region, 3 in all. London: 2 figures, lowest 3.0\u{a0}s for London, highest 12.5\u{a0}s for \
         South West; one is missing; above “at most 10 s” in 1 of 2: for South West."
    );
}

#[test]
fn what_is_not_there_is_told_too() {
    assert!(told(&day(Vec::new(), Shape::Line)).ends_with("London: no figures."));
    assert!(
        told(&day(vec![(60.0, 4.0)], Shape::Bars))
            .ends_with("London: one figure, 4\u{a0}s at 01:00.")
    );
    assert!(
        told(&day(vec![(0.0, 0.0), (1.0, -0.0)], Shape::Steps))
            .ends_with("London: 0\u{a0}s in all 2 figures.")
    );
    let none = Plot {
        series: Vec::new(),
        ..day(Vec::new(), Shape::Line)
    };
    assert!(told(&none).ends_with("There are no figures."));
}
