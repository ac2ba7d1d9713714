//! Curves over a logarithmic axis, as SVG.
//!
//! Shape: named curves of points → a file. Units: in the names of the axes. Errors: a file that cannot be written, or no
//! points at all. Source: the crate `plotters`.

use anyhow::{anyhow, ensure};
use plotters::prelude::*;
use std::path::Path;

/// A picture of some curves.
pub(super) struct Chart {
    pub(super) title: &'static str,
    pub(super) across: &'static str,
    pub(super) up: &'static str,
    /// Whether the upright axis is logarithmic as well.
    pub(super) scale: Scale,
    pub(super) curves: Vec<(String, Vec<(f64, f64)>)>,
}

/// How the upright axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero on.
    Linear,
    /// In powers of ten.
    Powers,
}

impl Chart {
    /// Draws it into a file.
    pub(super) fn draw(&self, file: &Path) -> anyhow::Result<()> {
        let points = || self.curves.iter().flat_map(|(_, points)| points);
        let (left, right) = ends(points().map(|(across, _)| *across));
        let (low, high) = ends(points().map(|(_, up)| *up));
        ensure!(left > 0.0 && left < right, "no curve for {}", self.title);
        let across = (left / MARGIN..right * MARGIN).log_scale();
        let area = SVGBackend::new(file, SIZE).into_drawing_area();
        let wrong = |error: &dyn std::fmt::Display| anyhow!("{}: {error}", file.display());
        area.fill(&WHITE).map_err(|error| wrong(&error))?;
        let mut builder = ChartBuilder::on(&area);
        builder.caption(self.title, (FONT, 20)).margin(16).x_label_area_size(44).y_label_area_size(64);
        match self.scale {
            Scale::Powers => {
                let up = (low.max(SMALLEST) / MARGIN..high.max(SMALLEST) * MARGIN).log_scale();
                let chart = builder.build_cartesian_2d(across, up).map_err(|error| wrong(&error))?;
                self.fill(chart).map_err(|error| wrong(&error))?;
            }
            Scale::Linear => {
                let chart =
                    builder.build_cartesian_2d(across, 0.0..high * 1.1).map_err(|error| wrong(&error))?;
                self.fill(chart).map_err(|error| wrong(&error))?;
            }
        }
        area.present().map_err(|error| wrong(&error))
    }

    fn fill<'a, X, Y>(&self, mut chart: Context<'a, X, Y>) -> Result<(), DrawingError<'a>>
    where
        X: Ranged<ValueType = f64> + plotters::coord::ranged1d::ValueFormatter<f64>,
        Y: Ranged<ValueType = f64> + plotters::coord::ranged1d::ValueFormatter<f64>,
    {
        let mut mesh = chart.configure_mesh();
        mesh.x_desc(self.across).y_desc(self.up).x_labels(LABELS_MAX).y_labels(LABELS_MAX);
        mesh.x_label_formatter(&|number| plain(*number))
            .y_label_formatter(&|number| plain(*number))
            .draw()?;
        for (place, (name, points)) in self.curves.iter().enumerate() {
            let color = Palette99::pick(place).mix(0.9);
            let line = LineSeries::new(points.iter().copied(), color.stroke_width(2)).point_size(3);
            chart
                .draw_series(line)?
                .label(name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
        }
        let mut labels = chart.configure_series_labels();
        labels.background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.4)).draw()
    }
}

type Context<'a, X, Y> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<X, Y>>;
type DrawingError<'a> = DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>;

/// A number on an axis.
fn plain(number: f64) -> String {
    if number < 1.0 { format!("{number:.1}") } else { format!("{number:.0}") }
}

fn ends(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, 0.0), |(low, high), number| (number.min(low), number.max(high)))
}

const SIZE: (u32, u32) = (860, 480);
const FONT: &str = "sans-serif";
const LABELS_MAX: usize = 6;
/// Room around the first and the last point.
const MARGIN: f64 = 1.3;
/// A tenth of a millisecond is the least that is measured.
const SMALLEST: f64 = 0.1;
