//! Scenes as SVG, by the SVG backend of Plotters.

use std::convert::Infallible;

use plotters_backend::text_anchor::{HPos, Pos, VPos};
use plotters_backend::{
    BackendColor, BackendStyle, BackendTextStyle, DrawingBackend, FontFamily, FontTransform,
};
use plotters_svg::SVGBackend;

use super::PlotError;
use super::palette::Colour;
use super::scene::{Anchor, LETTER_SIZE, Mark, Point, Scene, UNITS_PER_INCH};

/// Our own font first; a viewer without it takes the next of equal kind.
const FAMILY: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";
/// Plotters' font sizes count 1.24 to the em.
const PLOTTERS_EM: f64 = 1.24;
/// Plotters centres text on half of its x-height, which is this part of an em.
const HALF_X_HEIGHT: (i32, i32) = (27, 100);

/// The text of the file.
pub(super) fn encode(scene: &Scene) -> Result<String, PlotError> {
    let (width, height) = scene.size();
    let mut drawn = String::new();
    {
        let size = (width.unsigned_abs(), height.unsigned_abs());
        let mut backend = SVGBackend::with_string(&mut drawn, size);
        let paper = Colour {
            rgb: (255, 255, 255),
            opacity: 1.0,
        };
        draw(
            &mut backend,
            &Mark::Rectangle {
                from: (0, 0),
                to: (width, height),
                colour: paper,
            },
        )?;
        for mark in scene.marks() {
            draw(&mut backend, mark)?;
        }
        backend.present().map_err(failed)?;
    }
    // Plotters' own first tag sizes the picture in pixels; ours says inches, and round joints.
    let body = drawn
        .split_once(">\n")
        .map(|(_, body)| body)
        .ok_or_else(|| PlotError::Drawing("no tag in the SVG".to_owned()))?;
    let inches = |units: i32| f64::from(units) / f64::from(UNITS_PER_INCH);
    Ok(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{:.4}in\" height=\"{:.4}in\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" stroke-linejoin=\"round\">\n\
         <title>{}</title>\n{body}",
        inches(width),
        inches(height),
        escaped(scene.title()),
    ))
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

fn failed(error: impl std::fmt::Display) -> PlotError {
    PlotError::Drawing(error.to_string())
}

fn draw(backend: &mut SVGBackend<'_>, mark: &Mark) -> Result<(), PlotError> {
    match mark {
        Mark::Line {
            points,
            width,
            colour,
        } => {
            let style = Stroke {
                colour: *colour,
                width: *width,
            };
            backend.draw_path(points.iter().copied(), &style)
        }
        Mark::Area { points, colour } => {
            backend.fill_polygon(points.iter().copied(), &Stroke::fill(*colour))
        }
        Mark::Rectangle { from, to, colour } => {
            backend.draw_rect(*from, *to, &Stroke::fill(*colour), true)
        }
        Mark::Dot {
            centre,
            radius,
            colour,
        } => backend.draw_circle(*centre, radius.unsigned_abs(), &Stroke::fill(*colour), true),
        Mark::Text {
            at,
            text,
            anchor,
            upwards,
            colour,
        } => {
            let style = Writing {
                anchor: *anchor,
                upwards: *upwards,
                colour: *colour,
            };
            backend.draw_text(text, &style, style.centre(*at))
        }
    }
    .map_err(failed)
}

/// A colour and a width, as Plotters wants them.
struct Stroke {
    colour: Colour,
    width: i32,
}

impl Stroke {
    const fn fill(colour: Colour) -> Self {
        Self { colour, width: 0 }
    }
}

impl BackendStyle for Stroke {
    fn color(&self) -> BackendColor {
        backend_colour(self.colour)
    }

    fn stroke_width(&self) -> u32 {
        self.width.unsigned_abs()
    }
}

const fn backend_colour(colour: Colour) -> BackendColor {
    BackendColor {
        alpha: colour.opacity,
        rgb: colour.rgb,
    }
}

/// How text is written, as Plotters wants it. The SVG viewer has the letters: nothing is measured.
struct Writing {
    anchor: Anchor,
    upwards: bool,
    colour: Colour,
}

impl Writing {
    /// From the baseline to where Plotters counts from.
    const fn centre(&self, (x, y): Point) -> Point {
        let rise = LETTER_SIZE * HALF_X_HEIGHT.0 / HALF_X_HEIGHT.1;
        if self.upwards {
            (x - rise, y)
        } else {
            (x, y - rise)
        }
    }
}

impl BackendTextStyle for Writing {
    type FontError = Infallible;

    fn color(&self) -> BackendColor {
        backend_colour(self.colour)
    }

    fn size(&self) -> f64 {
        f64::from(LETTER_SIZE) * PLOTTERS_EM
    }

    fn transform(&self) -> FontTransform {
        if self.upwards {
            FontTransform::Rotate270
        } else {
            FontTransform::None
        }
    }

    fn anchor(&self) -> Pos {
        let along = match self.anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        Pos::new(along, VPos::Center)
    }

    fn family(&self) -> FontFamily<'_> {
        FontFamily::Name(FAMILY)
    }

    fn layout_box(&self, _text: &str) -> Result<(Point, Point), Infallible> {
        Ok(((0, 0), (0, 0)))
    }

    fn draw<E, DrawFunc: FnMut(i32, i32, BackendColor) -> Result<(), E>>(
        &self,
        _text: &str,
        _at: Point,
        _draw: DrawFunc,
    ) -> Result<Result<(), E>, Infallible> {
        Ok(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::THIN;
    use super::*;
    use crate::palette::BLUE;

    #[test]
    fn marks_become_tags_in_physical_size() {
        let mut scene = Scene::new("a < b & c", 900).unwrap();
        scene.line(vec![(1, 2), (3, 4)], THIN, BLUE);
        scene.text((10, 100), "Ḡ < 1", Anchor::Middle);
        let text = encode(&scene).unwrap();
        for part in [
            "width=\"3.4000in\" height=\"1.0000in\" viewBox=\"0 0 3060 900\"",
            "<title>a &lt; b &amp; c</title>",
            "points=\"1,2 3,4 \"",
            "stroke=\"#0072B2\" stroke-width=\"8\"",
            "font-family=\"DejaVu Sans, Verdana, Helvetica, Arial, sans-serif\"",
            "font-size=\"100\"",
            "Ḡ &lt; 1",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        assert!(text.ends_with("</svg>\n"));
    }
}
