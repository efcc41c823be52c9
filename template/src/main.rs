//! Trains a classifier on the rows of a CSV file, measures its accuracy on held-out rows, and saves it.
//!
//!     cargo run                    # data/spirals.csv
//!     cargo run -- my_file.csv
//!
//! To use your own data, change `Row` and `Features` below. To use your own model, change `Model`: the compiler
//! reports layers that don't fit together.

use std::error::Error;

use nnx::io;
use nnx::prelude::*;
use nnx_train::{
    Categories, Csv, DataError, Dataset, Goal, Label, Loader, Progress, Standardize, TrainError,
    Trainer,
};

/// A row of the file: a field for each column, by its name. Other columns are passed over.
#[derive(Clone, Debug, serde::Deserialize)]
struct Row {
    x: f32,
    y: f32,
    color: String,
}

/// The number of features, and the most different names in the column of classes.
type Features = U2;
type Classes = U3;

impl Row {
    /// What the model takes.
    fn features(&self) -> [f32; 2] {
        [self.x, self.y]
    }

    fn class(&self) -> String {
        self.color.clone()
    }
}

/// Features (B, 2) to logits (B, 3). Its file has the names of the classes and the statistics of the columns, too.
#[derive(Module)]
struct Model {
    classes: Categories<Classes>,
    standardize: Standardize<Features>,
    hidden: (Linear<Features, U64>, Relu, Linear<U64, U64>, Relu),
    output: Linear<U64, Classes>,
}

impl<B: Dim> Layer<Tensor<(B, Features)>> for Model {
    type Output = Tensor<(B, Classes)>;

    fn forward(&self, x: Tensor<(B, Features)>, pass: &mut Pass) -> Self::Output {
        let x = self.standardize.forward(x, pass);
        let x = self.hidden.forward(x, pass);
        self.output.forward(x, pass)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args().nth(1);
    let rows = Csv::comma().read::<Row>(file.as_deref().unwrap_or("data/spirals.csv"))?;
    let (train_rows, test_rows) = rows.split(0.2, 0)?;
    let first = test_rows.get(0)?;

    let mut model = fitted(&train_rows)?;
    println!("{}", summary(&model));
    let (train, test) = (batches(&model, train_rows)?, batches(&model, test_rows)?);
    let accuracy = learn(&mut model, &train.shuffled(0), &test)?;
    let percent = 100.0 * accuracy;
    println!(
        "best accuracy on {} validation rows: {percent:.1}%",
        test.items()
    );

    io::save(&model, "model.safetensors")?;
    let mut saved = Model::init(&mut Rngs::new(0));
    io::load(&mut saved, "model.safetensors")?;
    let features = first.features();
    let class: Tensor![1; i32] = saved.infer(Tensor::from([features])).argmax();
    let name = &saved.classes.names()[class.to_vec()[0] as usize];
    println!("saved model.safetensors, which says of {features:?}: {name}");
    Ok(())
}

/// A new model. Its statistics and the names of its classes come from the rows.
fn fitted(rows: &impl Dataset<Item = Row>) -> Result<Model, DataError> {
    let mut model = Model::init(&mut Rngs::new(0));
    model.standardize.fit(rows.keys(Row::features)?)?;
    model.classes.fit(rows.keys(Row::class)?)?;
    Ok(model)
}

/// Batches of 32 rows: features (B, 2) and classes (B,).
type Batches = Loader<([f32; 2], Label<Classes>)>;

fn batches(model: &Model, rows: impl Dataset<Item = Row> + 'static) -> Result<Batches, DataError> {
    let classes = model.classes.numbers();
    rows.try_map(move |row| {
        classes
            .label(&row.class())
            .map(|class| (row.features(), class))
    })
    .loader(32)
}

/// Trains until the accuracy on `test` hasn't grown for 20 epochs, and returns the best one, from 0 to 1.
fn learn(model: &mut Model, train: &Batches, test: &Batches) -> Result<f64, TrainError> {
    let report = Trainer::new(model, adamw(5e-3))
        .epochs(100)
        .record(Progress::new(0))
        .evaluate(test, |model, pass, (x, classes), scores| {
            let logits = model.forward(x, pass);
            scores.of::<Accuracy>("accuracy").update(&logits, &classes);
        })
        .stop_early(Goal::largest("accuracy"), 20)
        .keep_best()
        .fit(train, |model, pass, (x, classes)| {
            softmax_cross_entropy(model.forward(x, pass), classes).mean()
        })?;
    Ok(report.best.map_or(0.0, |best| best.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_learns_rows_that_it_has_not_seen() {
        let rows = Csv::comma().read::<Row>("data/spirals.csv").unwrap();
        let (train, test) = rows.split(0.2, 0).unwrap();
        let mut model = fitted(&train).unwrap();
        let train = batches(&model, train).unwrap().shuffled(0);
        let test = batches(&model, test).unwrap();
        let accuracy = learn(&mut model, &train, &test).unwrap();
        assert!(accuracy > 0.9, "{accuracy}");
        assert_eq!(model.classes.names(), ["blue", "green", "red"]);
    }

    #[test]
    fn an_error_says_where_it_is_and_what_was_expected() {
        let error = |text: &str| {
            let rows = Csv::comma().read_bytes::<Row>("spirals.csv", text.as_bytes());
            rows.unwrap_err().to_string()
        };
        assert_eq!(
            error("x,y,color\n1,2,red\n1,?,red\n"),
            "spirals.csv: line 3, column `y`: expected a number, found `?`"
        );
        assert!(error("x,y\n1,2\n").contains("expected a column `color`, found x, y; "));
        assert!(error("x,y,color\n").starts_with("spirals.csv: holds no rows; "));
    }
}
