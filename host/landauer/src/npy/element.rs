//! The numbers that an array may hold, as `f64`.

use super::ArrayProblem;

/// How the elements of an array are stored: kind, size and byte order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ElementType {
    kind: Kind,
    big_endian: bool,
}

/// The kinds of real numbers, by bytes where there are several sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    F32,
    F64,
}

impl ElementType {
    /// The type that NumPy calls `descr`, e.g. `<f8`.
    ///
    /// # Errors
    /// [`ArrayProblem::Elements`] for anything but real numbers, by name.
    pub fn parse(descr: &str) -> Result<Self, ArrayProblem> {
        let refuse = |what| ArrayProblem::Elements {
            descr: descr.to_owned(),
            what,
        };
        let unknown = || refuse("elements of an unknown type");
        // The byte order, the kind, the size: `<f8`, `|b1`, `<M8[ns]`.
        let mut characters = descr.chars();
        let (Some(order), Some(kind)) = (characters.next(), characters.next()) else {
            return Err(unknown());
        };
        if !matches!(order, '<' | '>' | '|') {
            return Err(unknown());
        }
        let kind = match (kind, characters.as_str()) {
            ('b', "1") => Kind::Bool,
            ('i', "1") => Kind::I8,
            ('i', "2") => Kind::I16,
            ('i', "4") => Kind::I32,
            ('i', "8") => Kind::I64,
            ('u', "1") => Kind::U8,
            ('u', "2") => Kind::U16,
            ('u', "4") => Kind::U32,
            ('u', "8") => Kind::U64,
            ('f', "2") => Kind::F16,
            ('f', "4") => Kind::F32,
            ('f', "8") => Kind::F64,
            ('f', "12" | "16") => return Err(refuse("long doubles")),
            ('c', _) => return Err(refuse("complex numbers")),
            ('M', _) => return Err(refuse("dates")),
            ('m', _) => return Err(refuse("time differences")),
            ('S' | 'a', _) => return Err(refuse("byte strings")),
            ('U', _) => return Err(refuse("strings")),
            ('O', _) => return Err(refuse("Python objects")),
            ('V', _) => return Err(refuse("raw bytes")),
            _ => return Err(unknown()),
        };
        let element = Self {
            kind,
            big_endian: order == '>',
        };
        // Only single bytes have no order.
        if order == '|' && element.size() > 1 {
            return Err(unknown());
        }
        Ok(element)
    }

    /// Bytes of one element.
    #[must_use]
    pub const fn size(self) -> usize {
        match self.kind {
            Kind::Bool | Kind::I8 | Kind::U8 => 1,
            Kind::I16 | Kind::U16 | Kind::F16 => 2,
            Kind::I32 | Kind::U32 | Kind::F32 => 4,
            Kind::I64 | Kind::U64 | Kind::F64 => 8,
        }
    }

    /// Are they whole numbers, or truth values?
    #[must_use]
    pub const fn is_integer(self) -> bool {
        !matches!(self.kind, Kind::F16 | Kind::F32 | Kind::F64)
    }

    /// Appends the elements stored in `bytes` to `values`; integers beyond 2⁵³ are rounded, as
    /// NumPy does it. What is left after the last whole element is ignored.
    pub fn decode(self, bytes: &[u8], values: &mut Vec<f64>) {
        match self.kind {
            Kind::Bool => values.extend(bytes.iter().map(|&byte| f64::from(u8::from(byte != 0)))),
            Kind::I8 => self.convert(bytes, values, |b| f64::from(i8::from_le_bytes(b))),
            Kind::I16 => self.convert(bytes, values, |b| f64::from(i16::from_le_bytes(b))),
            Kind::I32 => self.convert(bytes, values, |b| f64::from(i32::from_le_bytes(b))),
            Kind::I64 => self.convert(bytes, values, |b| i64::from_le_bytes(b) as f64),
            Kind::U8 => self.convert(bytes, values, |b| f64::from(u8::from_le_bytes(b))),
            Kind::U16 => self.convert(bytes, values, |b| f64::from(u16::from_le_bytes(b))),
            Kind::U32 => self.convert(bytes, values, |b| f64::from(u32::from_le_bytes(b))),
            Kind::U64 => self.convert(bytes, values, |b| u64::from_le_bytes(b) as f64),
            Kind::F16 => self.convert(bytes, values, |b| half::f16::from_le_bytes(b).to_f64()),
            Kind::F32 => self.convert(bytes, values, |b| f64::from(f32::from_le_bytes(b))),
            Kind::F64 => self.convert(bytes, values, f64::from_le_bytes),
        }
    }

    /// Appends every whole element, given its bytes with the lowest first.
    fn convert<const SIZE: usize>(
        self,
        bytes: &[u8],
        values: &mut Vec<f64>,
        convert: impl Fn([u8; SIZE]) -> f64,
    ) {
        let (elements, _) = bytes.as_chunks::<SIZE>();
        if self.big_endian {
            values.extend(elements.iter().map(|&(mut element)| {
                element.reverse();
                convert(element)
            }));
        } else {
            values.extend(elements.iter().map(|&element| convert(element)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(descr: &str, bytes: &[u8]) -> Vec<f64> {
        let element = ElementType::parse(descr).unwrap();
        assert_eq!(bytes.len() % element.size(), 0, "{descr}");
        let mut values = Vec::new();
        element.decode(bytes, &mut values);
        values
    }

    #[test]
    fn every_kind_and_byte_order_is_read() {
        for (descr, bytes, expected) in [
            ("|b1", &[0, 1, 2][..], &[0.0, 1.0, 1.0][..]),
            ("|i1", &[0xff, 5], &[-1.0, 5.0]),
            ("|u1", &[0xff, 5], &[255.0, 5.0]),
            ("<i2", &[0xfe, 0xff], &[-2.0]),
            (">i2", &[0xff, 0xfe], &[-2.0]),
            ("<u2", &[1, 2], &[513.0]),
            (">u2", &[2, 1], &[513.0]),
            ("<i4", &[0xfd, 0xff, 0xff, 0xff], &[-3.0]),
            (">u4", &[0, 0, 1, 0], &[256.0]),
            (">i8", &[0xff; 8], &[-1.0]),
            ("<u8", &[0xff; 8], &[18_446_744_073_709_551_615.0]),
            // 1.5 = 0 01111 1000000000 in binary16.
            ("<f2", &[0x00, 0x3e], &[1.5]),
            (">f2", &[0x3e, 0x00], &[1.5]),
            ("<f4", &[0, 0, 0x20, 0xc0], &[-2.5]),
            (">f4", &[0xc0, 0x20, 0, 0], &[-2.5]),
            (">f8", &[0xc0, 0x04, 0, 0, 0, 0, 0, 0], &[-2.5]),
        ] {
            assert_eq!(decoded(descr, bytes), expected, "{descr}");
        }
    }

    #[test]
    fn what_is_not_a_real_number_is_refused_by_name() {
        for (descr, name) in [
            ("<c16", "complex"),
            ("<c8", "complex"),
            ("|O", "objects"),
            ("<U5", "strings"),
            ("|S5", "byte strings"),
            ("|V8", "raw bytes"),
            ("<M8[ns]", "dates"),
            ("<m8[s]", "time differences"),
            ("<f16", "long doubles"),
            ("f8", "unknown"),
            ("|f8", "unknown"),
            ("=f8", "unknown"),
            ("<f", "unknown"),
            ("<", "unknown"),
            ("<f3", "unknown"),
            ("", "unknown"),
            ("<i99999999999999999999999", "unknown"),
            ("é8", "unknown"),
        ] {
            let problem = ElementType::parse(descr).unwrap_err().to_string();
            assert!(
                problem.contains(name) && problem.contains(descr),
                "{problem}"
            );
        }
    }
}
