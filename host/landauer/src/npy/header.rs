//! The header of a `.npy` file: a strict parser, and the writer's opposite.

use std::io::{self, Read};

use super::{ArrayProblem, ElementType};

/// What every `.npy` file begins with.
const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// What `.npz` files begin with, which are zip archives: with content, and empty.
const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
/// Longer than the header of any array that is not structured.
const LONGEST_HEADER: u64 = 65_535;
/// The data begin at a multiple of this many bytes.
const ALIGNMENT: usize = 64;
/// NumPy leaves room for the first axis to grow to this many digits.
const GROWTH_DIGITS: usize = 21;

/// How the elements of an array follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last index runs fastest.
    C,
    /// The first index runs fastest.
    Fortran,
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) element: ElementType,
    pub(super) order: Order,
    pub(super) shape: Vec<u64>,
    /// Bytes of the file before the first element.
    pub(super) data_start: u64,
}

/// Why there is no header: the machine, or the content.
#[derive(Debug)]
pub(super) enum NoHeader {
    Read(io::Error),
    Content(ArrayProblem),
}

impl From<io::Error> for NoHeader {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

impl From<ArrayProblem> for NoHeader {
    fn from(problem: ArrayProblem) -> Self {
        Self::Content(problem)
    }
}

impl Header {
    /// Reads the header at the beginning of a file of `file_length` bytes; never takes more memory
    /// than [`LONGEST_HEADER`], whatever the file claims.
    pub(super) fn read(mut file: impl Read, file_length: u64) -> Result<Self, NoHeader> {
        if file_length == 0 {
            return Err(ArrayProblem::Empty.into());
        }
        let mut start = Vec::new();
        file.by_ref().take(8).read_to_end(&mut start)?;
        if !start.starts_with(MAGIC) {
            let zip = ZIP.iter().any(|magic| start.starts_with(magic));
            let problem = if zip {
                ArrayProblem::Npz
            } else {
                ArrayProblem::NotNpy
            };
            return Err(problem.into());
        }
        let found = file_length;
        let truncated = |promised| ArrayProblem::TruncatedHeader { promised, found };
        let Some(&[major, minor]) = start.get(6..8) else {
            return Err(truncated(10).into());
        };
        let length_bytes = match (major, minor) {
            (1, 0) => 2,
            (2 | 3, 0) => 4,
            _ => return Err(ArrayProblem::Version { major, minor }.into()),
        };
        let text_start = 8 + length_bytes;
        let mut length = Vec::new();
        file.by_ref().take(length_bytes).read_to_end(&mut length)?;
        if (length.len() as u64) < length_bytes {
            return Err(truncated(text_start).into());
        }
        let bytes = length.iter().rfold(0, |sum, &b| sum << 8 | u64::from(b));
        let data_start = text_start + bytes;
        if data_start > file_length {
            return Err(truncated(data_start).into());
        }
        if bytes > LONGEST_HEADER {
            return Err(ArrayProblem::LongHeader { bytes }.into());
        }
        let mut text = Vec::new();
        file.take(bytes).read_to_end(&mut text)?;
        let (descr, order, shape) = parse_dictionary(&text)?;
        Ok(Self {
            element: descr.element()?,
            order,
            shape,
            data_start,
        })
    }
}

impl Header {
    /// Insists that a file of `file_length` bytes is as long as its header says; overflows nothing.
    pub(super) fn check_length(&self, file_length: u64) -> Result<(), ArrayProblem> {
        let bytes = |product: u128, &axis: &u64| product.saturating_mul(u128::from(axis));
        let shape = &self.shape;
        let promised = if shape.contains(&0) {
            0
        } else {
            shape.iter().fold(self.element.size() as u128, bytes)
        };
        let found = file_length.saturating_sub(self.data_start);
        let shape = || shape.clone();
        match promised.cmp(&u128::from(found)) {
            std::cmp::Ordering::Equal => Ok(()),
            std::cmp::Ordering::Greater => Err(ArrayProblem::TruncatedData {
                shape: shape(),
                promised,
                found,
            }),
            std::cmp::Ordering::Less => Err(ArrayProblem::TrailingData {
                shape: shape(),
                promised,
                found,
            }),
        }
    }
}

/// What a header calls the type of the elements.
#[derive(Debug, PartialEq, Eq)]
enum Descr {
    /// One type for all.
    Plain(String),
    /// A list of named fields.
    Structured(String),
}

impl Descr {
    fn element(self) -> Result<ElementType, ArrayProblem> {
        match self {
            Self::Plain(descr) => ElementType::parse(&descr),
            Self::Structured(descr) => Err(ArrayProblem::Elements {
                descr,
                what: "structured records",
            }),
        }
    }
}

/// Parses `{'descr': …, 'fortran_order': …, 'shape': …}`, in any order of the keys.
fn parse_dictionary(text: &[u8]) -> Result<(Descr, Order, Vec<u64>), ArrayProblem> {
    let mut cursor = Cursor(text);
    let (mut descr, mut order, mut shape) = (None, None, None);
    cursor.expect(b'{', "it does not begin with {")?;
    while !cursor.take(b'}') {
        let key = cursor.string()?;
        cursor.expect(b':', "a key without a value")?;
        let seen_before = match key {
            b"descr" => descr.replace(cursor.descr()?).is_some(),
            b"fortran_order" => order.replace(cursor.order()?).is_some(),
            b"shape" => shape.replace(cursor.shape()?).is_some(),
            _ => return Err(ArrayProblem::Header("an unknown key")),
        };
        if seen_before {
            return Err(ArrayProblem::Header("a key twice"));
        }
        if !cursor.take(b',') && cursor.peek() != Some(b'}') {
            return Err(ArrayProblem::Header("something where , or } should be"));
        }
    }
    if cursor.peek().is_some() {
        return Err(ArrayProblem::Header("something after the }"));
    }
    match (descr, order, shape) {
        (Some(descr), Some(order), Some(shape)) => Ok((descr, order, shape)),
        (None, ..) => Err(ArrayProblem::Header("no 'descr' (the type)")),
        (_, None, _) => Err(ArrayProblem::Header("no 'fortran_order'")),
        (.., None) => Err(ArrayProblem::Header("no 'shape'")),
    }
}

/// The rest of a header's text.
struct Cursor<'t>(&'t [u8]);

impl<'t> Cursor<'t> {
    /// The next byte that is not white space.
    fn peek(&mut self) -> Option<u8> {
        self.0 = self.0.trim_ascii_start();
        self.0.first().copied()
    }

    /// Goes over `byte` if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        if found {
            self.0 = &self.0[1..];
        }
        found
    }

    fn expect(&mut self, byte: u8, problem: &'static str) -> Result<(), ArrayProblem> {
        if self.take(byte) {
            Ok(())
        } else {
            Err(ArrayProblem::Header(problem))
        }
    }

    /// The bytes up to where `stop` says so, which it must somewhere.
    fn until(&mut self, stop: impl FnMut(&u8) -> bool) -> Option<&'t [u8]> {
        let end = self.0.iter().position(stop)?;
        let (found, rest) = self.0.split_at(end);
        self.0 = rest;
        Some(found)
    }

    /// A string without escapes, in either kind of quotation marks.
    fn string(&mut self) -> Result<&'t [u8], ArrayProblem> {
        let Some(quote @ (b'\'' | b'"')) = self.peek() else {
            return Err(ArrayProblem::Header("no string where one should be"));
        };
        self.take(quote);
        let text = self.until(|&byte| byte == quote);
        let text = text.ok_or(ArrayProblem::Header("a string without end"))?;
        self.0 = &self.0[1..];
        Ok(text)
    }

    /// A string, or a list of fields that is gone over without being understood.
    fn descr(&mut self) -> Result<Descr, ArrayProblem> {
        let readable = |bytes| String::from_utf8_lossy(bytes).replace(char::is_control, "\u{fffd}");
        if self.peek() != Some(b'[') {
            return Ok(Descr::Plain(readable(self.string()?)));
        }
        let (mut depth, mut quote) = (0_usize, None);
        let fields = self.until(|&byte| {
            match (quote, byte) {
                (Some(open), _) if open == byte => quote = None,
                (None, b'\'' | b'"') => quote = Some(byte),
                (None, b'[' | b'(') => depth += 1,
                (None, b']' | b')') => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
        });
        let fields = fields.ok_or(ArrayProblem::Header("a list of fields without end"))?;
        self.0 = &self.0[1..];
        Ok(Descr::Structured(readable(fields) + "]"))
    }

    fn order(&mut self) -> Result<Order, ArrayProblem> {
        self.peek();
        for (word, order) in [(&b"True"[..], Order::Fortran), (b"False", Order::C)] {
            if let Some(rest) = self.0.strip_prefix(word) {
                self.0 = rest;
                return Ok(order);
            }
        }
        Err(ArrayProblem::Header(
            "'fortran_order' is neither True nor False",
        ))
    }

    /// `()`, `(3,)`, `(3, 4)`, …
    fn shape(&mut self) -> Result<Vec<u64>, ArrayProblem> {
        let mut axes = Vec::new();
        self.expect(b'(', "'shape' is no tuple")?;
        while !self.take(b')') {
            self.peek();
            let number = self.until(|byte| !byte.is_ascii_digit()).unwrap_or(b"");
            let axis = str::from_utf8(number).ok().and_then(|n| n.parse().ok());
            axes.push(axis.ok_or(ArrayProblem::Header(
                "an axis of 'shape' is no number that counts",
            ))?);
            // Python 2 wrote long integers with an L.
            self.take(b'L');
            if !self.take(b',') && self.peek() != Some(b')') {
                return Err(ArrayProblem::Header("'shape' is no tuple of numbers"));
            }
        }
        Ok(axes)
    }
}

/// A shape as Python prints it: `(3,)`, `(3, 4)`.
pub(super) fn python_tuple(shape: &[u64]) -> String {
    let axes: Vec<String> = shape.iter().map(u64::to_string).collect();
    let comma = if axes.len() == 1 { "," } else { "" };
    format!("({}{comma})", axes.join(", "))
}

/// The header of an array of little-endian `f64` in C order, byte for byte as `numpy.save` writes
/// it (format 1.0).
pub(super) fn f64_header(shape: &[u64]) -> Vec<u8> {
    header("<f8", shape)
}

/// The same of any type of elements, as NumPy calls it.
pub(super) fn header(descr: &str, shape: &[u64]) -> Vec<u8> {
    let tuple = python_tuple(shape);
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {tuple}, }}");
    if let Some(first) = shape.first() {
        let room = GROWTH_DIGITS.saturating_sub(first.to_string().len());
        text.push_str(&" ".repeat(room));
    }
    let before = MAGIC.len() + 4;
    let unpadded = before + text.len() + 1;
    text.push_str(&" ".repeat(unpadded.next_multiple_of(ALIGNMENT) - unpadded));
    text.push('\n');
    // Axes have at most 20 digits, and nobody has thousands of them.
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    let mut header = MAGIC.to_vec();
    header.extend([1, 0]);
    header.extend(length.to_le_bytes());
    header.extend(text.as_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_text(text: &str) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([2, 0]);
        bytes.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
        bytes.extend(text.as_bytes());
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Header, ArrayProblem> {
        match Header::read(bytes, bytes.len() as u64) {
            Ok(header) => Ok(header),
            Err(NoHeader::Content(problem)) => Err(problem),
            Err(NoHeader::Read(error)) => panic!("{error}"),
        }
    }

    #[test]
    fn what_is_written_is_read_and_aligned() {
        for shape in [&[][..], &[7], &[1, 2], &[200_000, 11, 40], &[u64::MAX; 3]] {
            let bytes = f64_header(shape);
            assert_eq!(bytes.len() % ALIGNMENT, 0);
            let header = read(&bytes).unwrap();
            assert_eq!(header.shape, shape);
            assert_eq!(header.order, Order::C);
            assert_eq!(header.element, ElementType::parse("<f8").unwrap());
            assert_eq!(header.data_start, bytes.len() as u64);
        }
    }

    #[test]
    fn the_header_is_the_one_numpy_writes() {
        // numpy.save of numpy.zeros((2, 3)): 118 bytes of text.
        let expected = [
            &b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"[..],
            &b" ".repeat(58),
            b"\n",
        ];
        assert_eq!(f64_header(&[2, 3]), expected.concat());
    }

    #[test]
    fn any_order_of_keys_and_spaces_is_read() {
        let text = "{\"shape\":(2L,\n3L) , 'fortran_order' : True,'descr':'>i4'}\n";
        let header = read(&with_text(text)).unwrap();
        assert_eq!(
            (header.shape, header.order),
            (vec![2, 3], Order::Fortran),
            "{text}"
        );
    }

    #[test]
    fn evil_texts_are_errors() {
        let deep = "(".repeat(60_000);
        for text in [
            "",
            "{",
            "}",
            "[]",
            "{}",
            "{'descr': '<f8'}",
            "{'descr': '<f8', 'fortran_order': False}",
            "{'descr': '<f8', 'shape': (1, 2)}",
            "{'descr': '<f8', 'fortran_order': 0, 'shape': (1, 2)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (-1, 2)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1.5, 2)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1 2)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': 3}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999999,)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)} + [",
            "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1, 2)}",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), 'evil': 1}",
            "{'descr': __import__('os'), 'fortran_order': False, 'shape': (1, 2)}",
            "{'descr': '<f8, 'fortran_order': False, 'shape': (1, 2)",
            "{'descr': [[[[('a', '<f8', 'fortran_order': False, 'shape': (1, 2)",
            &deep,
            &format!("{{'descr': [{deep}"),
            &format!("{{'shape': {deep}"),
        ] {
            let problem = read(&with_text(text)).unwrap_err();
            assert!(
                matches!(problem, ArrayProblem::Header(_)),
                "{text}: {problem}"
            );
        }
        let structured =
            "{'descr': [('a', '<f8'), ('b]', '<i4', (2,))], 'fortran_order': False, 'shape': (1,)}";
        let problem = read(&with_text(structured)).unwrap_err().to_string();
        assert!(
            problem.contains("structured") && problem.contains("('a'"),
            "{problem}"
        );
    }

    #[test]
    fn every_cut_of_a_header_is_an_error() {
        let bytes = f64_header(&[3, 4]);
        for end in 0..bytes.len() {
            let problem = read(&bytes[..end]).unwrap_err();
            let expected = match end {
                0 => matches!(problem, ArrayProblem::Empty),
                1..6 => matches!(problem, ArrayProblem::NotNpy),
                _ => matches!(problem, ArrayProblem::TruncatedHeader { .. }),
            };
            assert!(expected, "{end}: {problem}");
        }
    }

    #[test]
    fn a_huge_claimed_header_takes_no_memory() {
        let mut bytes = MAGIC.to_vec();
        bytes.extend([3, 0, 0xff, 0xff, 0xff, 0xff, b'{']);
        assert!(matches!(
            read(&bytes),
            Err(ArrayProblem::TruncatedHeader {
                promised: 4_294_967_307,
                found: 13
            })
        ));
        let Err(NoHeader::Content(problem)) = Header::read(&bytes[..], u64::MAX) else {
            panic!("accepted");
        };
        assert!(matches!(problem, ArrayProblem::LongHeader { .. }));
    }
}
