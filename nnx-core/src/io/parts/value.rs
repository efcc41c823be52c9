//! A value as a checkpoint has it: JSON, which people can read, or MessagePack where JSON would change the value.

use std::fmt;

use rmp_serde::{from_slice, to_vec_named};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// A value.
#[derive(Clone)]
pub(super) enum SavedText {
    Json(Box<RawValue>),
    MessagePack(Hex),
}

/// Bytes as hexadecimal text.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Hex(String);

impl SavedText {
    /// JSON if the value can be read back from it bit by bit. Otherwise MessagePack: JSON has neither infinities nor
    /// NaN, and its keys are strings.
    pub(super) fn of<T: Serialize + DeserializeOwned>(
        value: &T,
    ) -> Result<Self, serde_json::Error> {
        let json =
            to_raw_value(value).and_then(|json| Ok((serde_json::from_str::<T>(json.get())?, json)));
        let Ok(bytes) = to_vec_named(value) else { return json.map(|(_, json)| Self::Json(json)) };
        // A hash map that is read back may have its entries in a different order, so the sorted bytes are compared.
        let sorted = |mut bytes: Vec<u8>| {
            bytes.sort_unstable();
            bytes
        };
        match json {
            Ok((back, json))
                if to_vec_named(&back).is_ok_and(|back| sorted(back) == sorted(bytes.clone())) =>
            {
                Ok(Self::Json(json))
            }
            Err(error) if from_slice::<T>(&bytes).is_err() => Err(error),
            _ => Ok(Self::MessagePack(Hex::of(&bytes))),
        }
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        match self {
            Self::Json(json) => serde_json::from_str(json.get()),
            Self::MessagePack(hex) => {
                let bytes = hex.bytes().ok_or_else(|| serde_json::Error::custom("not hexadecimal"));
                from_slice(&bytes?).map_err(serde_json::Error::custom)
            }
        }
    }
}

impl fmt::Debug for SavedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(json) => f.write_str(json.get()),
            Self::MessagePack(Hex(text)) => write!(f, "MessagePack {text}"),
        }
    }
}

impl Hex {
    fn of(bytes: &[u8]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        let (pairs, rest) = self.0.as_bytes().as_chunks::<2>();
        let digit = |&digit: &u8| char::from(digit).to_digit(16);
        let byte = |[high, low]: &[u8; 2]| u8::try_from(16 * digit(high)? + digit(low)?).ok();
        rest.is_empty().then(|| pairs.iter().map(byte).collect())?
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, HashMap};

    use super::*;

    fn back<T: Serialize + DeserializeOwned>(value: &T) -> (SavedText, T) {
        let text = SavedText::of(value).expect("saved");
        let back = text.read().expect("read");
        (text, back)
    }

    #[test]
    fn floats_come_back_to_the_last_bit_whatever_they_are() {
        let quiet = f64::from_bits(f64::NAN.to_bits() | 12345);
        for x in [
            0.1,
            -0.0,
            f64::MIN_POSITIVE / 3.0,
            f64::MAX,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NAN,
            quiet,
        ] {
            let (text, found) = back(&vec![Some(x), None]);
            assert_eq!(
                found.iter().map(|x| x.map(f64::to_bits)).collect::<Vec<_>>(),
                [Some(x.to_bits()), None]
            );
            assert_eq!(matches!(text, SavedText::Json(_)), x.is_finite(), "{x}");
            let x = x as f32;
            let (_, (found, name)) = back(&(x, "x".to_owned()));
            assert_eq!((found.to_bits(), &*name), (x.to_bits(), "x"));
        }
    }

    #[test]
    fn what_json_can_hold_is_json_in_any_order() {
        let text = SavedText::of(&Some(0.25f32)).expect("saved");
        assert_eq!(format!("{text:?}"), "0.25");
        let map: HashMap<String, i64> = (0..100).map(|i| (i.to_string(), i << 40)).collect();
        let (text, found) = back(&map);
        assert!(matches!(text, SavedText::Json(_)) && found == map);
    }

    #[test]
    fn keys_may_be_other_than_strings() {
        let map = BTreeMap::from([((1, true), 'a'), ((2, false), 'b')]);
        let (text, found) = back(&map);
        assert!(matches!(text, SavedText::MessagePack(_)) && found == map, "{text:?}");
    }

    #[test]
    fn damaged_digits_are_an_error() {
        for text in ["c", "zz", "c0c", "", "\u{e9}"] {
            let hex = SavedText::MessagePack(Hex(text.to_owned()));
            assert!(hex.read::<f64>().is_err(), "{text}");
        }
    }
}
