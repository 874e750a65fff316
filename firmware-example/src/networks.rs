//! The networks that the binaries hold, as build.rs has compiled them.

/// Bytes that begin on a whole word, so that the kernels can read words.
#[repr(C, align(16))]
pub struct Aligned<T: ?Sized>(pub T);

include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// One compiled network: its module, and its file in flash.
macro_rules! network {
    ($(#[$doc:meta])* $module:ident) => {
        $(#[$doc])*
        pub mod $module {
            include!(concat!(env!("OUT_DIR"), "/", stringify!($module), ".rs"));

            /// The model's file.
            pub static FILE: super::Aligned<[u8; FILE_LEN]> = super::Aligned(*include_bytes!(
                concat!(env!("OUT_DIR"), "/", stringify!($module), ".postcard")
            ));
        }
    };
}

network!(
    /// models/paper-cnn-g: the paper's CNN for G of model II.
    paper_cnn_g
);
network!(
    /// The paper's CNN, 8 bits, sites of two kinds, every activation alive.
    measured_cnn_int8_binary
);
network!(
    /// The paper's CNN, 8 bits, any sites, every activation alive.
    measured_cnn_int8_any
);
network!(
    /// The paper's CNN, dense weights of 4 bits, sites of two kinds, every activation alive.
    measured_cnn_int4
);
network!(
    /// 9-20-20-20-1, 8 bits, every activation alive.
    measured_dnn
);
