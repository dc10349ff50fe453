//! `lictor data`: the JSON documents that a tenant's policies may read.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::path::Path;

use lictor::{Document, DocumentName, JsonBounds, Part, Reply, Verb};

use crate::arguments::{
    DataArguments, DataCommand, DataGetArguments, DataListArguments, DataPatchArguments,
    DataPutArguments, DataRemoveArguments,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::figures::grouped;
use crate::session::{self, Session};
use crate::terminal;

/// Does what was typed.
pub fn run(typed: &DataArguments) -> Result<Exit, Failure> {
    match &typed.command {
        DataCommand::Put(typed) => put(typed),
        DataCommand::Patch(typed) => patch(typed),
        DataCommand::Get(typed) => get(typed),
        DataCommand::List(typed) => list(typed),
        DataCommand::Remove(typed) => remove(typed),
    }
}

fn put(typed: &DataPutArguments) -> Result<Exit, Failure> {
    let mut documents = BTreeMap::new();
    for typed in &typed.documents {
        let (name, text) = document(typed)?;
        if documents.insert(name.clone(), Part::new(text)).is_some() {
            let message = format!("`{}` is given twice", name.as_str());
            return Err(Failure::new(Exit::Usage, message));
        }
    }
    let count = documents.len();
    let order = &typed.order;
    let verb = Verb::DataPut {
        tenant: order.tenant.clone(),
        documents,
    };
    Session::open(&order.order.place)?.order(verb, &order.order.reason)?;
    let (tenant, are) = (&order.tenant, if count == 1 { "is" } else { "are" });
    let noun = if count == 1 { "document" } else { "documents" };
    terminal::note(format_args!("{count} {noun} of `{tenant}` {are} in use"));
    Ok(Exit::Done)
}

/// What was typed as `NAME=FILE`, and the text of JSON in the file.
pub(crate) fn document(typed: &str) -> Result<(DocumentName, Vec<u8>), Failure> {
    let usage = |why: String| Failure::new(Exit::Usage, format!("`{typed}` {why}"));
    let (name, file) = typed
        .split_once('=')
        .ok_or_else(|| usage("isn't of the form `NAME=FILE`".to_owned()))?;
    let name = name.parse();
    let name = name.map_err(|error| usage(format!("is refused: {error}")))?;
    let text = read(Path::new(file))?;
    // Looked at here, so that nothing large is sent in vain.
    Document::parse(&text, &JsonBounds::DOCUMENT)
        .map_err(|error| Failure::input(format!("the document in `{file}` is refused: {error}")))?;
    Ok((name, text))
}

/// The bytes of a file, `-` being standard input; no more than a document may have and one.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let unreadable =
        |error: io::Error| Failure::input(format!("`{}` can't be read: {error}", file.display()));
    let max = JsonBounds::DOCUMENT.bytes_max as u64 + 1;
    let mut text = Vec::new();
    let read = if file == Path::new("-") {
        io::stdin().lock().take(max).read_to_end(&mut text)
    } else {
        let file = std::fs::File::open(file).map_err(unreadable)?;
        file.take(max).read_to_end(&mut text)
    };
    read.map_err(unreadable)?;
    Ok(text)
}

fn patch(typed: &DataPatchArguments) -> Result<Exit, Failure> {
    let order = &typed.order;
    let verb = Verb::DataPatch {
        tenant: order.tenant.clone(),
        document: typed.document.clone(),
        patch: Part::new(read(&typed.patch)?),
    };
    Session::open(&order.order.place)?.order(verb, &order.order.reason)?;
    let (tenant, document) = (&order.tenant, typed.document.as_str());
    terminal::note(format_args!("`{document}` of `{tenant}` is changed"));
    Ok(Exit::Done)
}

fn get(typed: &DataGetArguments) -> Result<Exit, Failure> {
    let verb = Verb::DataGet {
        tenant: typed.look.tenant.clone(),
        document: typed.document.clone(),
    };
    let json = match Session::open(&typed.look.place)?.ask(verb)? {
        Reply::Document { json } => json.into_bytes()?,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = io::stdout().lock();
    stdout.write_all(&json)?;
    writeln!(stdout)?;
    Ok(Exit::Done)
}

fn list(typed: &DataListArguments) -> Result<Exit, Failure> {
    let tenant = typed.look.tenant.clone();
    let documents = match Session::open(&typed.look.place)?.ask(Verb::DataList { tenant })? {
        Reply::Documents { documents } => documents,
        reply => return Err(session::unexpected(&reply)),
    };
    let mut stdout = anstream::stdout().lock();
    if typed.json {
        serde_json::to_writer(&mut stdout, &documents).map_err(io::Error::from)?;
        writeln!(stdout)?;
        return Ok(Exit::Done);
    }
    for line in documents {
        let bytes = grouped(line.bytes as u64);
        writeln!(stdout, "{}  {bytes} bytes", line.document.as_str())?;
    }
    Ok(Exit::Done)
}

fn remove(typed: &DataRemoveArguments) -> Result<Exit, Failure> {
    let order = &typed.order;
    let verb = Verb::DataRemove {
        tenant: order.tenant.clone(),
        document: typed.document.clone(),
    };
    Session::open(&order.order.place)?.order(verb, &order.order.reason)?;
    let (tenant, document) = (&order.tenant, typed.document.as_str());
    terminal::note(format_args!(
        "`{tenant}` has no document `{document}` any more"
    ));
    Ok(Exit::Done)
}
