use super::pen::Pen;
use super::plot::{Plot, Shape};
use super::table::Table;
use super::text::{escape, or};

const STYLE: &str = include_str!("style.css");
/// Nothing is fetched and nothing runs, whatever a text that came from outside would like.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// A page: a title, a few lines beneath it, and parts, which the reader finds by a list of contents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// What the page is.
    pub title: String,
    /// What it is about: which days, which regions, made when and from what. A line each.
    pub subtitle: Vec<String>,
    /// What it tells, in its order.
    pub parts: Vec<Part>,
}

/// A part of a page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// What it tells.
    pub heading: String,
    /// What stands in it, from top to bottom.
    pub blocks: Vec<Block>,
}

/// What a part is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Words; an empty line begins a new paragraph.
    Text(String),
    /// Figures in rows and columns.
    Table(Table),
    /// A plot, and the figures behind it.
    Plot(Plot),
}

impl Page {
    /// The page as one HTML document. It is well formed as XML too, runs no script and fetches nothing.
    pub fn html(&self) -> String {
        let title = escape(or(&self.title, "Report"));
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{title}</h1>\n"
        );
        for line in &self.subtitle {
            out.push_str(&format!("<p>{}</p>\n", escape(line)));
        }
        out.push_str("</header>\n");
        out.push_str(&self.contents());
        out.push_str(&self.hatches());
        out.push_str("<main>\n");
        let mut plots = 0;
        for (at, part) in (1..).zip(&self.parts) {
            let heading = escape(or(&part.heading, "Part"));
            out.push_str(&format!(
                "<section aria-labelledby=\"part-{at}\">\n<h2 id=\"part-{at}\">{heading}</h2>\n"
            ));
            for block in &part.blocks {
                out.push_str(&block.html(&mut plots));
            }
            out.push_str("</section>\n");
        }
        out.push_str("</main>\n</body>\n</html>\n");
        out
    }

    fn contents(&self) -> String {
        if self.parts.is_empty() {
            return String::new();
        }
        let mut out = String::from(
            "<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n",
        );
        for (at, part) in (1..).zip(&self.parts) {
            let heading = escape(or(&part.heading, "Part"));
            out.push_str(&format!("<li><a href=\"#part-{at}\">{heading}</a></li>\n"));
        }
        out.push_str("</ol>\n</nav>\n");
        out
    }

    /// The hatches that bars are filled with, once for all plots.
    fn hatches(&self) -> String {
        let plots =
            self.parts
                .iter()
                .flat_map(|part| &part.blocks)
                .filter_map(|block| match block {
                    Block::Plot(plot) => Some(plot),
                    Block::Text(_) | Block::Table(_) => None,
                });
        let most = (plots.filter(|plot| plot.series.iter().any(|s| s.shape == Shape::Bars)))
            .map(|plot| plot.series.len())
            .max();
        match most {
            None => String::new(),
            Some(most) => {
                let all: String = (0..most.min(Pen::hatches()))
                    .map(|at| Pen::of(at).hatch())
                    .collect();
                format!(
                    "<svg class=\"hatches\" width=\"0\" height=\"0\" aria-hidden=\"true\"><defs>{all}</defs></svg>\n"
                )
            }
        }
    }
}

impl Block {
    /// The block; `plots` counts the plots of the document.
    fn html(&self, plots: &mut usize) -> String {
        match self {
            Block::Text(text) => paragraphs(text),
            Block::Table(table) => table.html(),
            Block::Plot(plot) => {
                *plots += 1;
                plot.html(*plots)
            }
        }
    }
}

fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    (text.split("\n\n"))
        .filter(|paragraph| !paragraph.trim().is_empty())
        .map(|paragraph| format!("<p>{}</p>\n", escape(paragraph.trim())))
        .collect()
}
