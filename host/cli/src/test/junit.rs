//! The report that a build server reads: JUnit's XML, a suite for each file.
//!
//! XML 1.0 has no way to write most control characters, not even escaped, so they are replaced as on a terminal.

use std::io::{self, Write};
use std::path::Path;
use std::time::Duration;

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::report::write_difference;
use super::{Verdict, by_file};
use crate::terminal::visible;

/// Writes the report on verdicts that stand in the order of their files.
///
/// # Errors
/// What the output says.
pub fn write_junit(out: &mut impl Write, verdicts: &[Verdict]) -> io::Result<()> {
    let mut writer = Writer::new_with_indent(&mut *out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let sums = Sums::of(verdicts);
    writer
        .create_element("testsuites")
        .with_attributes(sums.attributes())
        .write_inner_content(|writer| {
            by_file(verdicts).try_for_each(|(file, verdicts)| write_suite(writer, file, verdicts))
        })?;
    out.write_all(b"\n")
}

fn write_suite<W: Write>(
    writer: &mut Writer<W>,
    file: &Path,
    verdicts: &[Verdict],
) -> io::Result<()> {
    let file = file.to_string_lossy();
    let name = visible(&file);
    writer
        .create_element("testsuite")
        .with_attribute(("name", &*name))
        .with_attributes(Sums::of(verdicts).attributes())
        .write_inner_content(|writer| {
            verdicts
                .iter()
                .try_for_each(|verdict| write_case(writer, &name, verdict))
        })?;
    Ok(())
}

fn write_case<W: Write>(writer: &mut Writer<W>, suite: &str, verdict: &Verdict) -> io::Result<()> {
    let element = writer
        .create_element("testcase")
        .with_attribute(("name", &*visible(&verdict.name)))
        .with_attribute(("classname", suite))
        .with_attribute(("time", seconds(verdict.duration()).as_str()));
    if verdict.passed() {
        element.write_empty()?;
        return Ok(());
    }
    let text = differences_text(verdict)?;
    element.write_inner_content(|writer| {
        writer
            .create_element("failure")
            .with_attribute(("message", "the outcome is otherwise than expected"))
            .write_text_content(BytesText::new(&visible(&text)))?;
        Ok(())
    })?;
    Ok(())
}

fn differences_text(verdict: &Verdict) -> io::Result<String> {
    let mut plain = anstream::StripStream::new(Vec::new());
    for difference in &verdict.differences {
        write_difference(&mut plain, difference)?;
    }
    Ok(String::from_utf8_lossy(&plain.into_inner()).into_owned())
}

/// The sums that suites carry.
struct Sums([(&'static str, String); 4]);

impl Sums {
    fn of(verdicts: &[Verdict]) -> Self {
        let failed = verdicts.iter().filter(|it| !it.passed()).count();
        let duration = verdicts.iter().map(Verdict::duration).sum();
        Self([
            ("tests", verdicts.len().to_string()),
            ("failures", failed.to_string()),
            ("errors", "0".to_owned()),
            ("time", seconds(duration)),
        ])
    }

    fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (*name, value.as_str()))
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.6}", duration.as_secs_f64())
}
