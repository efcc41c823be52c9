//! A runtime axis of a symbolic program.

/// A runtime axis whose length is a parameter of a [`SymbolicProgram`](super::SymbolicProgram).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Length {
    pub(super) name: String,
    pub(super) multiple_of: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    at_most: Option<usize>,
}

impl Length {
    /// An axis of any length. The name is for texts and messages.
    ///
    /// # Panics
    /// If the name has other characters than letters, digits and `_`.
    #[must_use]
    #[track_caller]
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        assert!(is_name(&name), "an axis is named by letters, digits and `_`, found `{name}`");
        Self { name, multiple_of: 1, at_most: None }
    }

    /// An axis whose length is a multiple of `unit`: that of an image which a model halves several times.
    ///
    /// # Panics
    /// If `unit` is 0, or 2^31 or more.
    #[must_use]
    #[track_caller]
    pub fn multiple_of(mut self, unit: usize) -> Self {
        assert!(is_unit(unit), "a length is a multiple of 1 to 2^31 - 1, found {unit}");
        self.multiple_of = unit;
        self
    }

    /// An axis whose length is limited: that of a sequence whose positions have a table. It needs three lengths or more.
    #[must_use]
    pub fn at_most(mut self, most: usize) -> Self {
        self.at_most = Some(most);
        self
    }

    /// The most units that a length has.
    pub(super) fn most_units(&self) -> usize {
        self.at_most.map_or(usize::MAX, |most| most / self.multiple_of)
    }

    /// `1, 2, ..`, `32, 64, .. 1024`.
    pub(super) fn values(&self) -> String {
        let unit = self.multiple_of;
        match self.at_most {
            None => format!("{unit}, {}, ..", 2 * unit),
            Some(most) => format!("{unit}, {}, .. {}", 2 * unit, most / unit * unit),
        }
    }

    /// How many units a length has; none if it isn't one of this axis.
    pub(super) fn units(&self, length: usize) -> Option<usize> {
        let units = length / self.multiple_of;
        let fits =
            length.is_multiple_of(self.multiple_of) && (1..=self.most_units()).contains(&units);
        fits.then_some(units)
    }

    /// Whether it is one that the functions above make: a file may have any.
    pub(super) fn is_valid(&self) -> bool {
        is_unit(self.multiple_of) && is_name(&self.name)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What lengths are multiples of: 1 unless [`multiple_of`](Self::multiple_of) says otherwise.
    #[must_use]
    pub fn unit(&self) -> usize {
        self.multiple_of
    }
}

fn is_unit(unit: usize) -> bool {
    (1..1 << 31).contains(&unit)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
