use super::pen::Pen;
use super::plot::{Drawn, Plot};
use super::svg::Svg;
use super::targets;
use super::text::escape;

/// What each series and each target is drawn with. Nothing, where one series needs no telling.
pub(super) fn html(plot: &Plot) -> String {
    let is_plain = match plot.series.as_slice() {
        [] => true,
        [only] => only.name.trim().is_empty() || only.name == plot.y_label,
        _ => false,
    };
    if is_plain && plot.sound_targets().next().is_none() {
        return String::new();
    }
    let mut out = String::from("\n<ul class=\"legend\">\n");
    for (at, series) in plot.series.iter().enumerate() {
        entry(
            &mut out,
            &sample(Pen::of(at), plot.drawn(series)),
            series.title(),
        );
    }
    for (at, value, name) in plot.sound_targets() {
        let mut svg = Svg::default();
        svg.line("target", (0.0, 8.0), (34.0, 8.0), targets::dash(at));
        entry(&mut out, &svg.finish(), &targets::label(plot, value, name));
    }
    out.push_str("</ul>");
    out
}

fn entry(out: &mut String, sample: &str, name: &str) {
    out.push_str(&format!(
        "<li><svg width=\"34\" height=\"16\" viewBox=\"0 0 34 16\" aria-hidden=\"true\">{sample}</svg>\
         <span>{}</span></li>\n",
        escape(name)
    ));
}

fn sample(pen: Pen, drawn: Drawn) -> String {
    let mut svg = Svg::default();
    match drawn {
        Drawn::Bars => svg.bar(1.0, 1.5, 32.0, 13.0, pen),
        Drawn::Steps => svg.stroke("M0 12H11V4H23V10H34", pen),
        Drawn::Line => {
            svg.stroke("M0 8H34", pen);
            pen.mark(&mut svg, 17.0, 8.0);
        }
        Drawn::Band => {
            svg.tint("M0 1H34V15H0z", pen);
            svg.stroke("M0 8H34", pen);
            pen.mark(&mut svg, 17.0, 8.0);
        }
    }
    svg.finish()
}
