//! Colors, fonts and number formats of plots.

use std::sync::Once;

use plotters::prelude::*;
use plotters::style::{FontDesc, FontFamily, FontStyle, register_font};

use super::SCALE;

/// The height of the title, in units.
pub(super) const HEAD: i32 = 40 * SCALE;
pub(super) const INK: RGBColor = RGBColor(28, 28, 26);
pub(super) const SOFT: RGBColor = RGBColor(107, 107, 102);
pub(super) const LINE: RGBColor = RGBColor(228, 228, 224);
pub(super) const WRONG: RGBColor = RGBColor(208, 52, 44);

/// Colors that also differ in brightness.
const COLORS: [RGBColor; 10] = [
    RGBColor(47, 111, 222),
    RGBColor(224, 123, 57),
    RGBColor(34, 148, 103),
    RGBColor(190, 66, 130),
    RGBColor(122, 88, 200),
    RGBColor(176, 148, 12),
    RGBColor(42, 160, 184),
    RGBColor(140, 86, 75),
    RGBColor(120, 120, 124),
    RGBColor(150, 190, 60),
];

pub(super) fn color(index: usize) -> RGBColor {
    COLORS[index % COLORS.len()]
}

/// From white for 0 to dark blue for 1.
pub(super) fn shade(share: f64) -> RGBColor {
    mix(RGBColor(246, 248, 253), RGBColor(22, 66, 150), share)
}

/// Red for -1, white for 0, blue for 1.
pub(super) fn signed(value: f64) -> RGBColor {
    let end = if value < 0.0 { RGBColor(178, 38, 44) } else { RGBColor(24, 84, 168) };
    mix(RGBColor(250, 250, 248), end, value.abs())
}

fn mix(from: RGBColor, to: RGBColor, share: f64) -> RGBColor {
    let share = share.clamp(0.0, 1.0);
    let part = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * share).round() as u8;
    RGBColor(part(from.0, to.0), part(from.1, to.1), part(from.2, to.2))
}

/// Registers the font with plotters, which measures texts with it.
pub(super) fn use_letters() {
    static LETTERS: Once = Once::new();
    LETTERS.call_once(|| {
        for (style, bytes) in
            [(FontStyle::Normal, dejavu::sans::regular()), (FontStyle::Bold, dejavu::sans::bold())]
        {
            assert!(register_font("sans-serif", style, bytes).is_ok(), "DejaVu is a font");
        }
    });
}

pub(super) fn px(x: i32, y: i32) -> (i32, i32) {
    (x * SCALE, y * SCALE)
}

pub(super) fn font(size: i32) -> FontDesc<'static> {
    FontDesc::new(FontFamily::SansSerif, f64::from(size * SCALE), FontStyle::Normal)
}

pub(super) fn bold(size: i32) -> FontDesc<'static> {
    FontDesc::new(FontFamily::SansSerif, f64::from(size * SCALE), FontStyle::Bold)
}

/// At most this many characters.
pub(super) fn shortened(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.chars().count() > most {
        true => text.chars().take(most - 1).chain(['…']).collect(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_and_control_characters_are_shortened() {
        assert_eq!(shortened("größe", 5), "größe");
        assert_eq!(shortened("größen", 5), "größ…");
        assert_eq!(shortened("a\nb\0", 9), "a b ");
    }
}
