//! Scenes as PNG, by the bitmap backend of Plotters: drawn at 900 pixels to the inch and averaged
//! over squares of 3×3, which smooths every edge.

use plotters_backend::rasterizer;
use plotters_backend::{BackendColor, BackendStyle, DrawingBackend, DrawingErrorKind};
use plotters_bitmap::BitMapBackend;

use super::PlotError;
use super::palette::Colour;
use super::scene::{Anchor, Mark, Point, Scene, UNITS_PER_INCH};

/// Units along the side of a pixel of the file.
const FINE: i32 = 3;

/// The bytes of the file.
pub(super) fn encode(scene: &Scene) -> Result<Vec<u8>, PlotError> {
    let (width, height) = scene.size();
    // Whole pixels: a last row that is not full is left away.
    let (columns, rows) = (width / FINE, height / FINE);
    let fine = (
        (columns * FINE).unsigned_abs(),
        (rows * FINE).unsigned_abs(),
    );
    let mut pixels = vec![255; fine.0 as usize * fine.1 as usize * 3];
    {
        let mut backend: BitMapBackend<'_> =
            BitMapBackend::with_buffer_and_format(&mut pixels, fine).map_err(failed)?;
        for mark in scene.marks() {
            draw(&mut backend, scene, mark).map_err(failed)?;
        }
        backend.present().map_err(failed)?;
    }
    let averaged = average(&pixels, fine.0 as usize);
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, columns.unsigned_abs(), rows.unsigned_abs());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    // 300 pixels an inch of 25.4 mm.
    let per_metre = (UNITS_PER_INCH / FINE).unsigned_abs() * 10_000 / 254;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&averaged).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// Squares of `FINE`×`FINE` pixels of an image `[row, column, channel]` of `width` columns, each
/// as its rounded mean.
fn average(pixels: &[u8], width: usize) -> Vec<u8> {
    const SIDE: usize = FINE.unsigned_abs() as usize;
    const AREA: u32 = (FINE * FINE).unsigned_abs();
    let mut means = Vec::with_capacity(pixels.len() / (SIDE * SIDE));
    for band in pixels.chunks_exact(width * 3 * SIDE) {
        for column in 0..width / SIDE {
            for channel in 0..3 {
                let mut sum = 0;
                for row in 0..SIDE {
                    for fine in 0..SIDE {
                        let place = (row * width + column * SIDE + fine) * 3 + channel;
                        sum += u32::from(band[place]);
                    }
                }
                #[allow(clippy::cast_possible_truncation, reason = "a mean of bytes")]
                means.push(((sum + AREA / 2) / AREA) as u8);
            }
        }
    }
    means
}

fn failed(error: impl std::fmt::Display) -> PlotError {
    PlotError::Drawing(error.to_string())
}

/// A fill, as Plotters wants it.
struct Fill(Colour);

impl BackendStyle for Fill {
    fn color(&self) -> BackendColor {
        BackendColor {
            alpha: self.0.opacity,
            rgb: self.0.rgb,
        }
    }
}

type Drawn<E> = Result<(), DrawingErrorKind<E>>;

fn draw<B: DrawingBackend>(backend: &mut B, scene: &Scene, mark: &Mark) -> Drawn<B::ErrorType> {
    match mark {
        Mark::Line {
            points,
            width,
            colour,
        } => draw_line(backend, points, *width, *colour),
        Mark::Area { points, colour } => rasterizer::fill_polygon(backend, points, &Fill(*colour)),
        Mark::Rectangle { from, to, colour } => backend.draw_rect(*from, *to, &Fill(*colour), true),
        Mark::Dot {
            centre,
            radius,
            colour,
        } => draw_dot(backend, *centre, *radius, *colour),
        Mark::Text {
            at,
            text,
            anchor,
            upwards,
            colour,
        } => {
            let back = match anchor {
                Anchor::Start => 0,
                Anchor::Middle => scene.text_width(text) / 2,
                Anchor::End => scene.text_width(text),
            };
            scene.letters().draw(text, |x, y, coverage| {
                let along = x - back;
                let at = if *upwards {
                    (at.0 + y, at.1 - along)
                } else {
                    (at.0 + along, at.1 + y)
                };
                let style = Fill(colour.with_opacity(colour.opacity * f64::from(coverage)));
                backend.draw_pixel(at, style.color())
            })
        }
    }
}

/// A line with round joints; Plotters' own thick lines come to points at sharp corners.
fn draw_line<B: DrawingBackend>(
    backend: &mut B,
    points: &[Point],
    width: i32,
    colour: Colour,
) -> Drawn<B::ErrorType> {
    for pair in points.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let half = width / 2;
        if x0 == x1 || y0 == y1 {
            // Exact rectangles for what is level or upright, as ends of an axis are.
            let (left, right) = (x0.min(x1), x0.max(x1));
            let (top, bottom) = (y0.min(y1), y0.max(y1));
            let (dx, dy) = if y0 == y1 { (0, half) } else { (half, 0) };
            let rest = width - 2 * half;
            let (from, mut to) = ((left - dx, top - dy), (right + dx, bottom + dy));
            if y0 == y1 {
                to.1 += rest;
            } else {
                to.0 += rest;
            }
            backend.draw_rect(from, to, &Fill(colour), true)?;
        } else {
            let (dx, dy) = (f64::from(x1 - x0), f64::from(y1 - y0));
            let scale = f64::from(width) / 2.0 / dx.hypot(dy);
            #[allow(clippy::cast_possible_truncation, reason = "half a line's width")]
            let (across_x, across_y) = ((-dy * scale).round() as i32, (dx * scale).round() as i32);
            let corners = [
                (x0 + across_x, y0 + across_y),
                (x1 + across_x, y1 + across_y),
                (x1 - across_x, y1 - across_y),
                (x0 - across_x, y0 - across_y),
            ];
            rasterizer::fill_polygon(backend, &corners, &Fill(colour))?;
        }
    }
    let inner = points.get(1..points.len().saturating_sub(1));
    for &joint in inner.unwrap_or_default() {
        draw_dot(backend, joint, width / 2, colour)?;
    }
    Ok(())
}

/// A disc, each pixel painted once, which an opacity below 1 needs.
fn draw_dot<B: DrawingBackend>(
    backend: &mut B,
    (x, y): Point,
    radius: i32,
    colour: Colour,
) -> Drawn<B::ErrorType> {
    for dy in -radius..=radius {
        let half = f64::from(radius * radius - dy * dy).sqrt();
        #[allow(clippy::cast_possible_truncation, reason = "not above the radius")]
        let half = half.round() as i32;
        let (from, to) = ((x - half, y + dy), (x + half + 1, y + dy + 1));
        backend.draw_rect(from, to, &Fill(colour), true)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_of_pixels_become_their_mean() {
        // Two squares side by side: one black with a white pixel in each row, one white.
        let row = [[0_u8; 3], [255; 3], [0; 3], [255; 3], [255; 3], [255; 3]];
        let pixels = [row; 3].concat().concat();
        assert_eq!(average(&pixels, 6), [85, 85, 85, 255, 255, 255]);
    }
}
