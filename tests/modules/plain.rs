//! Fields that are plain values: modules without variables or parameters.

use std::any::TypeId;
use std::borrow::Cow;
use std::cell::{Cell, LazyCell, OnceCell, RefCell};
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CStr, CString, OsStr, OsString};
use std::net::{IpAddr, SocketAddr};
use std::num::{NonZero, NonZeroU8, NonZeroUsize, Saturating, Wrapping};
use std::ops::{Bound, Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU32, AtomicUsize};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, RwLock};
use std::time::{Duration, Instant, SystemTime};

use nnx::module::Plain;
use nnx::prelude::*;

/// Declares a struct with a layer and fields of these types, and names each type in the failure.
macro_rules! fields {
    ($($field:ident: $type:ty,)*) => {
        /// No value of it is made: the test is that it compiles, and its constants below.
        #[derive(Module)]
        struct Fields {
            dense: Linear<U2, U3>,
            $($field: $type,)*
        }

        #[test]
        fn values_of_all_sorts_have_no_parameters() {
            fn parameters<T: Plain + ParameterCount + ?Sized>() -> (usize, usize) {
                (T::PARAMETERS, T::PARAMETER_BYTES)
            }
            $(assert_eq!(parameters::<$type>(), (0, 0), stringify!($type));)*
            assert_eq!((Fields::PARAMETERS, Fields::PARAMETER_BYTES), (9, 36));
        }
    };
}
fields! {
    text: &'static str, owned: String, boxed: Box<str>, counted: Rc<str>, shared: Arc<str>, moo: Cow<'static, str>,
    letter: char, yes: bool, int: i128, uint: u128, float: f64, order: Ordering, id: TypeId,
    nonzero: NonZero<u32>, by_alias: NonZeroU8, count: NonZeroUsize, maybe: Option<NonZero<i64>>,
    wrapping: Wrapping<u8>, saturating: Saturating<i16>, reverse: Reverse<u8>,
    range: Range<usize>, inclusive: RangeInclusive<f32>, from: RangeFrom<char>, full: RangeFull,
    to: RangeTo<u8>, to_inclusive: RangeToInclusive<u8>, bounds: (Bound<f64>, Bound<f64>),
    path: PathBuf, path_ref: &'static Path, path_box: Box<Path>, path_cow: Cow<'static, Path>,
    os: OsString, os_ref: &'static OsStr, c: CString, c_ref: &'static CStr,
    numbers: Box<[f32]>, rows: Cow<'static, [u8]>, slice: &'static [u8], arc_slice: Arc<[String]>,
    set: HashSet<String>, ordered: BTreeSet<char>, heap: BinaryHeap<Reverse<u32>>,
    queue: VecDeque<f32>, list: LinkedList<u8>, vec: Vec<Vec<bool>>, array: [u8; 3],
    map: HashMap<String, usize>, letters: HashMap<char, usize>, words: BTreeMap<usize, String>,
    cell: Cell<u8>, ref_cell: RefCell<Vec<f32>>, once: OnceCell<String>, lazy: LazyCell<u8>,
    mutex: Mutex<Vec<String>>, lock: RwLock<u8>, once_lock: OnceLock<String>, lazy_lock: LazyLock<String>,
    shared_mutex: Arc<Mutex<HashSet<u8>>>, counter: Rc<Cell<usize>>,
    atomic: AtomicUsize, flag: AtomicBool, hits: Arc<AtomicU32>, signed: AtomicI64,
    duration: Duration, instant: Instant, time: SystemTime, addresses: (IpAddr, SocketAddr),
    function: fn(u8, u8, u8, u8) -> u8,
}

#[test]
fn plain_values_are_no_part_of_a_state() {
    #[derive(Module)]
    struct Model {
        dense: Linear<U2, U3>,
        #[module(init = NonZero::new(3).expect("not zero"))]
        heads: NonZero<usize>,
        #[module(init = 0..10)]
        range: Range<usize>,
        #[module(init = PathBuf::from("words"))]
        words: PathBuf,
        #[module(init = HashSet::from(["the".to_owned()]))]
        stop: HashSet<String>,
        #[module(init = HashMap::from([('a', 0)]))]
        vocabulary: HashMap<char, usize>,
        #[module(init = Cell::new(7))]
        calls: Cell<usize>,
        #[module(init = Arc::new(Mutex::new(vec![])))]
        log: Arc<Mutex<Vec<String>>>,
    }
    let mut model = Model::init(&mut Rngs::new(0));
    let other = Model::init(&mut Rngs::new(1));
    model.calls.set(8);
    model.log.lock().expect("no panic").push("made".to_owned());
    update(&mut model, &state(&other)).expect("the same model");
    assert_eq!(state(&model).len(), 2);
    assert_eq!((model.calls.get(), model.log.lock().expect("no panic").len()), (8, 1));
    assert_eq!((model.heads.get(), model.range.len(), model.vocabulary[&'a']), (3, 10, 0));
    assert!(model.words.ends_with("words") && model.stop.contains("the"));
    assert_eq!(model.dense.kernel.value().to_vec(), other.dense.kernel.value().to_vec());
}

#[test]
fn queues_and_lists_of_layers_are_layers_in_a_row() {
    let dense = || Linear::<U2, U3>::init(&mut Rngs::new(0));
    let paths = |model: &dyn Module| -> Vec<String> {
        state(model).iter().map(|(path, _)| path.to_string()).collect()
    };
    let expected = ["0/bias", "0/kernel", "1/bias", "1/kernel"];
    assert_eq!(paths(&VecDeque::from([dense(), dense()])), expected);
    assert_eq!(paths(&LinkedList::from([dense(), dense()])), expected);
}
