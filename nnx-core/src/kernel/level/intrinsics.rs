//! The unsafe part of a level whose processor may lack its instructions, in one macro.

/// Implements methods of a level's token.
///
/// - `intrinsics! { name(x: f32) -> Vector = expression; .. }`: each method is an expression of intrinsics;
///   with `unsafe` in front, unsafe methods that access memory.
/// - `intrinsics!(run with "avx2,fma")`: `run` and `call`, compiled with these target features.
macro_rules! intrinsics {
    ($($name:ident($($argument:ident: $of:ty),*) -> $result:ty = $body:expr;)*) => { $(
        #[inline(always)]
        fn $name(self, $($argument: $of),*) -> $result {
            // SAFETY: the token proves that this processor has the instructions; none accesses memory.
            unsafe { $body }
        }
    )* };
    (unsafe $($name:ident($($argument:ident: $of:ty),*) $(-> $result:ty)? = $body:expr;)*) => { $(
        #[inline(always)]
        unsafe fn $name(self, $($argument: $of),*) $(-> $result)? {
            // SAFETY: the token proves that this processor has the instructions. The caller guarantees
            // the memory, and none of them requires alignment.
            unsafe { $body }
        }
    )* };
    (run with $features:literal) => {
        #[inline(always)]
        fn run<K: Kernel>(self, kernel: K) -> K::Output {
            #[target_feature(enable = $features)]
            #[inline(never)]
            fn with_target_features<K: Kernel>(level: impl Simd, kernel: K) -> K::Output {
                kernel.run(level)
            }
            // SAFETY: the token proves that this processor has these instructions.
            unsafe { with_target_features(self, kernel) }
        }
        #[inline(always)]
        fn call<R>(self, body: impl FnOnce() -> R) -> R {
            #[target_feature(enable = $features)]
            fn with_target_features<R>(body: impl FnOnce() -> R) -> R {
                body()
            }
            // SAFETY: the token proves that this processor has these instructions.
            unsafe { with_target_features(body) }
        }
    };
}
pub(super) use intrinsics;
