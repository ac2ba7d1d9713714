//! Bytes of any encoding that a lender's office produces → UTF-8 with `\n` line ends, a piece at a time.
//!
//! Shape: [`detect`] reads the source once without keeping it, [`Utf8Lines`] is a `Read` over it. Units: bytes, lines
//! from 1. Errors: [`Problem`], kept aside since `Read` can only say `io::Error`. Source: `reliability.md` B43.

use crate::FileError;
use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

/// How the bytes are to be read.
#[derive(Clone, Copy)]
pub(crate) struct TextForm {
    pub(crate) encoding: &'static Encoding,
    pub(crate) name: &'static str,
}

const UTF_8_FORM: TextForm = TextForm { encoding: UTF_8, name: "UTF-8" };
const UTF_8_BOM_FORM: TextForm = TextForm { encoding: UTF_8, name: "UTF-8 with BOM" };
const GB18030_FORM: TextForm = TextForm { encoding: GB18030, name: "GB18030" };

/// Finds the encoding from the whole file: a single name in the last row may be the only Chinese in it.
pub(crate) fn detect<R: Read + Seek>(source: &mut R) -> Result<TextForm, FileError> {
    let bytes = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(0))?;
    if bytes == 0 {
        return Err(FileError::Empty);
    }
    if bytes > FILE_BYTES_MAX {
        return Err(FileError::TooManyBytes { bytes, max: FILE_BYTES_MAX });
    }
    let mut first = Vec::new();
    source.by_ref().take(4).read_to_end(&mut first)?;
    source.seek(SeekFrom::Start(0))?;
    let form = match first.as_slice() {
        [b'P', b'K', 3, 4] | [0xD0, 0xCF, 0x11, 0xE0] => return Err(FileError::Workbook),
        [0xEF, 0xBB, 0xBF, ..] => UTF_8_BOM_FORM,
        [0xFF, 0xFE, ..] => TextForm { encoding: UTF_16LE, name: "UTF-16LE" },
        [0xFE, 0xFF, ..] => TextForm { encoding: UTF_16BE, name: "UTF-16BE" },
        _ => without_mark(source)?,
    };
    source.seek(SeekFrom::Start(0))?;
    Ok(form)
}

/// The text of a whole table, whatever an office wrote it in. For files that are read otherwise than ours.
pub fn read_text<R: Read + Seek>(mut source: R) -> Result<String, FileError> {
    let form = detect(&mut source)?;
    let (mut lines, mut text) = (BufReader::new(Utf8Lines::new(source, form)), String::new());
    for line in 2.. {
        let read = lines.read_line(&mut text);
        if let Some(problem) = lines.get_mut().take_problem() {
            return Err(problem.of(form));
        }
        if read? == 0 {
            break;
        }
        lines.get_mut().row_done(line);
    }
    Ok(text)
}

/// UTF-8 or GBK. A few broken bytes among much good UTF-8 stay UTF-8, to be refused there: as GB18030 they would be
/// taken and every Chinese word turned into another one.
fn without_mark<R: Read>(source: &mut R) -> io::Result<TextForm> {
    let mut decoder = UTF_8.new_decoder_without_bom_handling();
    let mut raw = vec![0; READ_BYTES];
    let mut text = String::with_capacity(3 * READ_BYTES + 16);
    let (mut wide, mut broken) = (0_u64, 0_u64);
    loop {
        let read = read_some(source, &mut raw)?;
        let mut rest = raw.get(..read).unwrap_or_default();
        loop {
            text.clear();
            let (result, used) = decoder.decode_to_string_without_replacement(rest, &mut text, read == 0);
            wide += text.chars().filter(|c| *c >= '\u{800}').map(|_| 1).sum::<u64>();
            rest = rest.get(used..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => broken += 1,
            }
        }
        if read == 0 {
            let utf_8 = broken == 0 || wide > WIDE_PER_BROKEN * broken;
            return Ok(if utf_8 { UTF_8_FORM } else { GB18030_FORM });
        }
    }
}

/// What is wrong with the text, and where.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Problem {
    Nul { line: u64 },
    Broken { line: u64 },
    EndlessRow { line: u64 },
}

impl Problem {
    pub(crate) fn of(self, form: TextForm) -> FileError {
        match self {
            Self::Nul { line } => FileError::Nul { line },
            Self::Broken { line } => FileError::BrokenText { line, encoding: form.name },
            Self::EndlessRow { line } => FileError::EndlessRow { line, max: ROW_BYTES_MAX },
        }
    }
}

/// Decodes while reading. Every line ends in `\n`, the last one too.
pub(crate) struct Utf8Lines<R> {
    source: R,
    decoder: Decoder,
    raw: Vec<u8>,
    text: String,
    ready: Vec<u8>,
    ready_at: usize,
    line: u64,
    row_bytes: u64,
    row_line: u64,
    last: u8,
    ended: bool,
    unterminated: bool,
    problem: Option<Problem>,
}

impl<R: Read> Utf8Lines<R> {
    pub(crate) fn new(source: R, form: TextForm) -> Self {
        Self {
            source,
            decoder: form.encoding.new_decoder_with_bom_removal(),
            raw: vec![0; READ_BYTES],
            text: String::new(),
            ready: Vec::new(),
            ready_at: 0,
            line: 1,
            row_bytes: 0,
            row_line: 1,
            last: b'\n',
            ended: false,
            unterminated: false,
            problem: None,
        }
    }

    /// What made the last read fail, if the text did.
    pub(crate) fn take_problem(&mut self) -> Option<Problem> {
        self.problem.take()
    }

    /// A row was complete; the next begins at this line.
    pub(crate) fn row_done(&mut self, next_line: u64) {
        self.row_bytes = 0;
        self.row_line = next_line;
    }

    /// The source has been read to its end, which was not a line's end, and `line` lines have been given out.
    pub(crate) fn broke_off_at(&self, line: u64) -> bool {
        self.unterminated && self.line == line
    }

    fn fail(&mut self, problem: Problem) -> io::Error {
        self.problem = Some(problem);
        io::Error::from(io::ErrorKind::InvalidData)
    }

    fn fill(&mut self) -> io::Result<()> {
        self.ready.clear();
        self.ready_at = 0;
        if self.row_bytes > ROW_BYTES_MAX {
            return Err(self.fail(Problem::EndlessRow { line: self.row_line }));
        }
        let read = read_some(&mut self.source, &mut self.raw)?;
        let raw = self.raw.get(..read).unwrap_or_default();
        self.text.clear();
        self.text
            .reserve(self.decoder.max_utf8_buffer_length_without_replacement(read).unwrap_or(4 * READ_BYTES));
        let (result, _) = self.decoder.decode_to_string_without_replacement(raw, &mut self.text, read == 0);
        let nul = self.end_lines();
        match result {
            _ if nul => return Err(self.fail(Problem::Nul { line: self.line })),
            DecoderResult::Malformed(..) => return Err(self.fail(Problem::Broken { line: self.line })),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
        self.ended = read == 0;
        if self.ended && !matches!(self.last, b'\n' | b'\r') {
            self.unterminated = true;
            self.ready.push(b'\n');
            self.line += 1;
        }
        self.row_bytes += u64::try_from(self.ready.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    /// `\r\n` and a lone `\r` become `\n`. True when a NUL was met, which ends the text.
    fn end_lines(&mut self) -> bool {
        for byte in self.text.bytes() {
            let after_return = std::mem::replace(&mut self.last, byte) == b'\r';
            match byte {
                0 => return true,
                b'\n' if after_return => {}
                b'\n' | b'\r' => {
                    self.line += 1;
                    self.ready.push(b'\n');
                }
                byte => self.ready.push(byte),
            }
        }
        false
    }
}

impl<R: Read> Read for Utf8Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.ready_at == self.ready.len() && !self.ended {
            self.fill()?;
        }
        let mut rest = self.ready.get(self.ready_at..).unwrap_or_default();
        let taken = rest.read(buffer)?;
        self.ready_at += taken;
        Ok(taken)
    }
}

fn read_some<R: Read>(source: &mut R, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match source.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Two million rows of 500 bytes; also bounds how long the first pass reads.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 30;
/// 200 cells of 4 KiB, and the separators: a row beyond it is a quote that was never closed.
const ROW_BYTES_MAX: u64 = 1 << 20;
/// One read of the source.
const READ_BYTES: usize = 64 * 1024;
/// In GBK, bytes that happen to be a three-byte UTF-8 character are rarer than bytes that cannot be UTF-8; in UTF-8
/// that was damaged on its way it is the other way round by far.
const WIDE_PER_BROKEN: u64 = 4;
