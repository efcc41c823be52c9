//! The rows, the checks and the model that `tabular` and `tabular_predict` share; in a project of your own, its library.

use nnx::prelude::*;
use nnx_train::{Categories, Collate, DataError, Label, Malformed, Standardize};
use serde::Deserialize;

/// A row of the table, or a flat whose rent is asked for. Values that may be missing are `Option`s.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flat {
    /// Square metres.
    pub(crate) area: f32,
    pub(crate) rooms: Option<f32>,
    pub(crate) floor: f32,
    /// The year.
    pub(crate) built: Option<f32>,
    pub(crate) district: String,
    pub(crate) heating: Option<String>,
    /// Euros in a month, which is only known for training.
    pub(crate) rent: Option<f32>,
}

impl Flat {
    /// Returns the flat, or an error if one of its numbers is out of range.
    pub(crate) fn checked(self) -> Result<Self, DataError> {
        let columns = [
            ("area", Some(self.area), 10.0, 500.0),
            ("rooms", self.rooms, 1.0, 20.0),
            ("floor", Some(self.floor), -2.0, 60.0),
            ("built", self.built, 1500.0, 2100.0),
            ("rent", self.rent, 50.0, 20_000.0),
        ];
        for (column, value, least, most) in columns {
            if let Some(value) = value.filter(|value| !(least..=most).contains(value)) {
                let expected = format!("a number from {least} to {most}");
                return Err(Malformed::new("flat", expected, value.to_string()).column(column))?;
            }
        }
        Ok(self)
    }
}

/// The inputs of the model for one flat. The derive makes the batch, `InputBatch`.
#[derive(Clone, Collate)]
pub(crate) struct Input {
    numbers: [f32; 4],
    district: Label<U8>,
    heating: Label<U5>,
}

/// Flats to rents. Its file has all that its inputs need: means and deviations of the columns, names of categories.
#[derive(Module)]
pub(crate) struct RentModel {
    numbers: Standardize<U4>,
    districts: Categories<U8>,
    heatings: Categories<U5>,
    embed_district: Embed<U8, U4>,
    embed_heating: Embed<U5, U2>,
    hidden: (Linear<dim!(4 + 4 + 2), U64>, Gelu, Linear<U64, U64>, Gelu),
    output: Linear<U64, U1>,
    /// Standardization of the logarithms of rents.
    rents: Standardize<U1>,
}

impl RentModel {
    /// A new model. Its statistics and its categories come from the flats.
    pub(crate) fn fitted(flats: &[Flat], seed: u64) -> Result<Self, DataError> {
        let mut model = Self::init(&mut Rngs::new(seed));
        model.numbers.fit(flats.iter().map(numbers))?;
        model.districts.fit(flats.iter().map(|flat| &flat.district))?;
        model.heatings.fit(flats.iter().map(heating))?;
        model.rents.fit(flats.iter().map(|flat| [flat.rent.map(f32::ln)]))?;
        Ok(model)
    }

    /// A function from flats to inputs of the model. A district that it doesn't know is an error.
    pub(crate) fn encoder(&self) -> impl Fn(&Flat) -> Result<Input, DataError> + Clone + use<> {
        let standardize = self.numbers.clone();
        let (districts, heatings) = (self.districts.numbers(), self.heatings.numbers());
        move |flat| {
            Ok(Input {
                numbers: standardize.fill(numbers(flat)),
                district: districts.label(&flat.district).map_err(|e| e.in_column("district"))?,
                heating: heatings.label(heating(flat)).map_err(|e| e.in_column("heating"))?,
            })
        }
    }

    /// The rents (B,) that the model was trained on, as it predicts them: the logarithm, standardized.
    pub(crate) fn targets(&self, rents: Tensor![Batch], pass: &mut Pass) -> Tensor![Batch, 1] {
        self.rents.forward(rents.log().insert_axis::<1>(), pass)
    }

    /// The predicted rents (B,).
    pub(crate) fn rents(&self, flats: InputBatch, pass: &mut Pass) -> Tensor![Batch] {
        let logarithms = self.forward(flats, pass);
        self.rents.inverse(logarithms, pass).exp().reshape()
    }
}

impl Layer<InputBatch> for RentModel {
    type Output = Tensor![Batch, 1];

    fn forward(&self, flats: InputBatch, pass: &mut Pass) -> Self::Output {
        let x = self.numbers.forward(flats.numbers, pass);
        let x = x.concat::<1, _>(self.embed_district.forward(flats.district, pass));
        let x = x.concat::<1, _>(self.embed_heating.forward(flats.heating, pass));
        let x = self.hidden.forward(x, pass);
        self.output.forward(x, pass)
    }
}

fn numbers(flat: &Flat) -> [Option<f32>; 4] {
    [Some(flat.area), flat.rooms, Some(flat.floor), flat.built]
}

/// A missing heating is a category, too.
fn heating(flat: &Flat) -> &str {
    flat.heating.as_deref().unwrap_or("unknown")
}
