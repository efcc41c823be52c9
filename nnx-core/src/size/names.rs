//! Short names of sizes: `U0` to `U999`, and larger sizes that are common in models.

use super::dim::{Const, Thousand};

include!(concat!(env!("OUT_DIR"), "/names.rs"));

macro_rules! larger {
    ($($name:ident = $a:literal, $b:literal;)*) => { $(
        #[doc = concat!("The size ", $a, ",", stringify!($b), " as `Thousand<", $a, ", ", $b, ">`.")]
        pub type $name = Thousand<$a, $b>;
    )* };
}
larger! {
    U1000 = 1, 0; U1024 = 1, 24; U1280 = 1, 280; U1536 = 1, 536; U1600 = 1, 600; U2000 = 2, 0;
    U2048 = 2, 48; U2304 = 2, 304; U2560 = 2, 560; U3072 = 3, 72; U3136 = 3, 136; U4000 = 4, 0;
    U4096 = 4, 96; U5120 = 5, 120; U6144 = 6, 144; U8000 = 8, 0; U8192 = 8, 192; U10000 = 10, 0;
    U12288 = 12, 288; U16000 = 16, 0; U16384 = 16, 384; U32000 = 32, 0; U32768 = 32, 768;
    U50257 = 50, 257; U65536 = 65, 536;
}
