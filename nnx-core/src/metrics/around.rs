//! Metrics that count in a field that is another metric.

/// `merge` and `reset` of a metric, by those of its field.
macro_rules! counts_in {
    ($metric:ident $([$classes:ident])?, $field:ident, $items:literal) => {
        impl$(<$classes: $crate::size::Size>)? $metric$(<$classes>)? {
            #[doc = concat!("Adds the ", $items, " of another metric, such as that of another process.")]
            pub fn merge(&mut self, other: &Self) {
                self.$field.merge(&other.$field);
            }

            #[doc = concat!("Removes all ", $items, ".")]
            pub fn reset(&mut self) {
                self.$field.reset();
            }
        }
    };
}
pub(super) use counts_in;
