//! Pooling, upsampling and flattening as layers, for `Sequential`.

/// Implements the common traits of a layer without variables, for any type parameters.
macro_rules! plain_layer {
    ($layer:ident<$($parameter:ident),+>) => {
        impl<$($parameter),+> $layer<$($parameter),+> {
            /// The layer. Its type holds all settings.
            #[must_use]
            pub const fn new() -> Self {
                Self(PhantomData)
            }
        }
        impl<$($parameter),+> Default for $layer<$($parameter),+> {
            fn default() -> Self {
                Self::new()
            }
        }
        impl<$($parameter),+> Clone for $layer<$($parameter),+> {
            fn clone(&self) -> Self {
                Self::new()
            }
        }
        impl<$($parameter),+> fmt::Debug for $layer<$($parameter),+> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($layer))
            }
        }
    };
}

mod channel_shuffle;
mod global;
mod layout;
mod lp;
mod resize;
mod unflatten;
mod unpool;
mod window;

super::exports::exports! {
    channel_shuffle: prelude { ChannelShuffle } bounds { ShuffledIn };
    global: prelude { AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool };
    layout: prelude { Flatten, Upsample };
    lp: prelude { LpPool };
    resize: prelude { PixelShuffle, PixelUnshuffle, Resize };
    unflatten: prelude { Unflatten };
    unpool: prelude { MaxUnpool };
    window: prelude { AvgPool, MaxPool, MinPool };
}
