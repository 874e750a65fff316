//! Colours that readers with any colour vision can tell apart, on paper and on screen.

/// A colour with an opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Colour {
    /// Red, green, blue (sRGB).
    pub(super) rgb: (u8, u8, u8),
    /// 0, invisible, to 1, opaque.
    pub(super) opacity: f64,
}

impl Colour {
    const fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self {
            rgb: (red, green, blue),
            opacity: 1.0,
        }
    }

    /// The same colour, less opaque.
    pub(super) const fn with_opacity(mut self, opacity: f64) -> Self {
        self.opacity = opacity;
        self
    }
}

/// Lines and letters.
pub(super) const BLACK: Colour = Colour::opaque(0, 0, 0);
/// Paper, where something must not show through.
pub(super) const WHITE: Colour = Colour::opaque(255, 255, 255);
/// What is not data: the leads.
pub(super) const LIGHT_GREY: Colour = Colour::opaque(225, 225, 225);
/// Reference lines.
pub(super) const GREY: Colour = Colour::opaque(110, 110, 110);
/// Okabe and Ito's blue: the first data.
pub(super) const BLUE: Colour = Colour::opaque(0, 114, 178);
/// Okabe and Ito's vermilion: the second data.
pub(super) const VERMILION: Colour = Colour::opaque(213, 94, 0);
/// Okabe and Ito's bluish green: the third data.
pub(super) const GREEN: Colour = Colour::opaque(0, 158, 115);
/// Okabe and Ito's reddish purple: the fourth data.
pub(super) const PURPLE: Colour = Colour::opaque(204, 121, 167);
/// Okabe and Ito's orange: the fifth data.
pub(super) const ORANGE: Colour = Colour::opaque(230, 159, 0);

/// matplotlib's viridis (S. van der Walt and N. Smith, CC0) at 33 equal steps.
const VIRIDIS: [(u8, u8, u8); 33] = [
    (68, 1, 84),
    (71, 13, 96),
    (72, 24, 106),
    (72, 35, 116),
    (71, 45, 123),
    (69, 55, 129),
    (66, 64, 134),
    (62, 73, 137),
    (59, 82, 139),
    (55, 91, 141),
    (51, 99, 141),
    (47, 107, 142),
    (44, 114, 142),
    (41, 122, 142),
    (38, 130, 142),
    (35, 137, 142),
    (33, 145, 140),
    (31, 152, 139),
    (31, 160, 136),
    (34, 167, 133),
    (40, 174, 128),
    (50, 182, 122),
    (63, 188, 115),
    (78, 195, 107),
    (94, 201, 98),
    (112, 207, 87),
    (132, 212, 75),
    (152, 216, 62),
    (173, 220, 48),
    (194, 223, 35),
    (216, 226, 25),
    (236, 229, 27),
    (253, 231, 37),
];

/// C. Brewer's RdBu in the order blue, white, red (colorbrewer2.org, Apache License 2.0) at 11 equal steps.
const BLUE_WHITE_RED: [(u8, u8, u8); 11] = [
    (5, 48, 97),
    (33, 102, 172),
    (67, 147, 195),
    (146, 197, 222),
    (209, 229, 240),
    (247, 247, 247),
    (253, 219, 199),
    (244, 165, 130),
    (214, 96, 77),
    (178, 24, 43),
    (103, 0, 31),
];

/// The colour of `share`, 0 to 1, on the perceptually uniform map viridis: dark to light.
pub(super) fn viridis(share: f64) -> Colour {
    along(&VIRIDIS, share)
}

/// From dark blue over white, at one half, to dark red.
pub(super) fn diverging(share: f64) -> Colour {
    along(&BLUE_WHITE_RED, share)
}

/// From white to a dark grey.
pub(super) fn greys(share: f64) -> Colour {
    along(&[(255, 255, 255), (70, 70, 70)], share)
}

/// From white to a blue on which black can be seen.
pub(super) fn blues(share: f64) -> Colour {
    along(&[(255, 255, 255), (166, 206, 227), (60, 140, 200)], share)
}

/// The colour of `share`, 0 to 1, on a scale of two or more steps of equal width.
fn along(steps: &[(u8, u8, u8)], share: f64) -> Colour {
    let last = steps.len() - 1;
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "place lies within the scale"
    )]
    let below = (place as usize).min(last - 1);
    let part = place - below as f64;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between two numbers of 8 bits"
    )]
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8;
    let (a, b) = (steps[below], steps[below + 1]);
    Colour::opaque(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn viridis_runs_from_dark_violet_to_yellow() {
        assert_eq!(viridis(0.0).rgb, (68, 1, 84));
        assert_eq!(viridis(0.5).rgb, (33, 145, 140));
        assert_eq!(viridis(1.0).rgb, (253, 231, 37));
        // Half-way between the first two steps.
        assert_eq!(viridis(0.5 / 32.0).rgb, (70, 7, 90));
        // What is out of range stays on the map.
        assert_eq!(viridis(-3.0), viridis(0.0));
        assert_eq!(viridis(9.0), viridis(1.0));
    }

    #[test]
    fn the_diverging_scale_is_light_in_the_middle() {
        assert_eq!(diverging(0.5).rgb, (247, 247, 247));
        assert_eq!(
            [diverging(0.0), diverging(1.0)].map(|c| c.rgb),
            [(5, 48, 97), (103, 0, 31)]
        );
        assert_eq!(greys(0.0), WHITE);
        assert_eq!(blues(0.0), WHITE);
    }
}
