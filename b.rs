use a::prelude::*;
struct Q<A>(A);
struct P<X>(X);
fn f<H: Size>(x: T<<H as a::size::number::N>::DivUp<H>>, y: Q<H::X>, z: Q<H::Y>, w: Q<H::Z>, v: Q<H::W>, u: Q<<H::Len as a::size::number::Len>::Z>) { let _: P<()> = x; let _: P<()> = y; let _: P<()> = z; let _:P<()> = w;let _:P<()> = v; let _:P<()>=u; }
fn main(){}
