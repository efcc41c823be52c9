//! The messages of an event file, of `event.proto`, `summary.proto` and `tensor.proto` of TensorFlow: the fields that
//! are written here, with their numbers there.

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub(super) wall_time: f64,
    #[prost(int64, tag = "2")]
    pub(super) step: i64,
    #[prost(oneof = "event::What", tags = "3, 5, 7")]
    pub(super) what: Option<event::What>,
}

pub(super) mod event {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(in super::super) enum What {
        #[prost(string, tag = "3")]
        FileVersion(String),
        #[prost(message, tag = "5")]
        Summary(super::Summary),
        #[prost(message, tag = "7")]
        SessionLog(super::SessionLog),
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SessionLog {
    #[prost(int32, tag = "1")]
    pub(super) status: i32,
}

impl SessionLog {
    /// Older events of this step and later ones don't count.
    pub(super) const START: i32 = 1;
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub(super) values: Vec<Value>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Value {
    #[prost(string, tag = "1")]
    pub(super) tag: String,
    #[prost(message, optional, tag = "9")]
    pub(super) metadata: Option<Metadata>,
    #[prost(oneof = "value::Kind", tags = "2, 4, 5, 8")]
    pub(super) kind: Option<value::Kind>,
}

pub(super) mod value {
    #[derive(Clone, PartialEq, prost::Oneof)]
    pub(in super::super) enum Kind {
        #[prost(float, tag = "2")]
        Simple(f32),
        #[prost(message, tag = "4")]
        Image(super::Image),
        #[prost(message, tag = "5")]
        Histogram(super::Histogram),
        #[prost(message, tag = "8")]
        Strings(super::Strings),
    }
}

impl Value {
    pub(super) fn new(tag: &str, kind: value::Kind) -> Self {
        Self { tag: tag.to_owned(), metadata: None, kind: Some(kind) }
    }

    pub(super) fn text(tag: &str, text: &str) -> Self {
        let strings = Strings {
            dtype: Strings::DT_STRING,
            shape: Some(Extents { dims: vec![Extent { size: 1 }] }),
            values: vec![text.as_bytes().to_vec()],
        };
        let plugin = Some(Plugin { name: "text".to_owned() });
        let metadata = Some(Metadata { plugin });
        Self { metadata, ..Self::new(tag, value::Kind::Strings(strings)) }
    }
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Metadata {
    #[prost(message, optional, tag = "1")]
    pub(super) plugin: Option<Plugin>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Plugin {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Image {
    #[prost(int32, tag = "1")]
    pub(super) height: i32,
    #[prost(int32, tag = "2")]
    pub(super) width: i32,
    /// 1 is grey, 3 is RGB.
    #[prost(int32, tag = "3")]
    pub(super) colorspace: i32,
    /// A PNG file.
    #[prost(bytes = "vec", tag = "4")]
    pub(super) encoded: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Histogram {
    #[prost(double, tag = "1")]
    pub(super) min: f64,
    #[prost(double, tag = "2")]
    pub(super) max: f64,
    #[prost(double, tag = "3")]
    pub(super) count: f64,
    #[prost(double, tag = "4")]
    pub(super) sum: f64,
    #[prost(double, tag = "5")]
    pub(super) sum_of_squares: f64,
    /// The right edge of each bucket.
    #[prost(double, repeated, tag = "6")]
    pub(super) edges: Vec<f64>,
    /// The number of values in each bucket.
    #[prost(double, repeated, tag = "7")]
    pub(super) counts: Vec<f64>,
}

/// A tensor of strings.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Strings {
    #[prost(int32, tag = "1")]
    pub(super) dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub(super) shape: Option<Extents>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    pub(super) values: Vec<Vec<u8>>,
}

impl Strings {
    pub(super) const DT_STRING: i32 = 7;
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Extents {
    #[prost(message, repeated, tag = "2")]
    pub(super) dims: Vec<Extent>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Extent {
    #[prost(int64, tag = "1")]
    pub(super) size: i64,
}
