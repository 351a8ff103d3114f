//! The picture of a definition as an SVG file, drawn by the console's own graph code.
//!
//! Here: that code, from the console that the binary carries, in an interpreter that has nothing but
//! memory: no files, no network, no clock of ours. Not here: layout and drawing (`console/src/graph`).
//! INVARIANT: a definition is only ever data to the interpreter, never a part of a script.

use std::thread;

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use rquickjs::{Context, Ctx, Function, Object, Runtime};

/// The graph package as one script (`console/vite.graph.config.ts`).
const SCRIPT: &str = "graph.js";
/// LIMIT: bytes of the script, unpacked.
const SCRIPT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// LIMIT: bytes that drawing may hold: a definition of 1 MiB takes a tenth of it.
const MEMORY_BYTES_MAX: usize = 2 * 1024 * 1024 * 1024;
/// LIMIT: stack of the interpreter, for definitions that are nested deeply.
const STACK_BYTES_MAX: usize = 16 * 1024 * 1024;

#[derive(thiserror::Error, Debug)]
pub enum DiagramError {
    #[error("this build carries no console, and with it no code that draws (see CONTRIBUTING.md)")]
    NoConsole,
    #[error("cannot draw the definition: {0}")]
    Drawing(String),
}

/// The picture of a definition, also of a broken one: what can be read of it is drawn.
pub fn svg(definition: &str) -> Result<String, DiagramError> {
    let script = script().ok_or(DiagramError::NoConsole)?;
    let definition = definition.to_owned();
    let drawing = thread::Builder::new()
        .name("diagram".into())
        // The interpreter measures its own part of the stack.
        .stack_size(STACK_BYTES_MAX * 2)
        .spawn(move || draw(&script, &definition))
        .map_err(|error| DiagramError::Drawing(error.to_string()))?;
    drawing.join().unwrap_or_else(|_| Err(DiagramError::Drawing("the interpreter panicked".to_owned())))
}

/// The script out of gzip's frame: a header of ten bytes without extras, deflate, eight bytes of checks.
fn script() -> Option<Vec<u8>> {
    let gzip = console_assets::asset(SCRIPT)?.bytes;
    let deflated = gzip.get(10..gzip.len().checked_sub(8)?)?;
    decompress_to_vec_with_limit(deflated, SCRIPT_BYTES_MAX).ok()
}

fn draw(script: &[u8], definition: &str) -> Result<String, DiagramError> {
    let failed = |error: rquickjs::Error| DiagramError::Drawing(error.to_string());
    let runtime = Runtime::new().map_err(failed)?;
    runtime.set_memory_limit(MEMORY_BYTES_MAX);
    runtime.set_max_stack_size(STACK_BYTES_MAX);
    let context = Context::full(&runtime).map_err(failed)?;
    context.with(|context| {
        call(&context, script, definition).map_err(|error| {
            let thrown = context.catch();
            let told = thrown.as_exception().and_then(|exception| exception.message());
            DiagramError::Drawing(told.unwrap_or_else(|| error.to_string()))
        })
    })
}

fn call(context: &Ctx<'_>, script: &[u8], definition: &str) -> rquickjs::Result<String> {
    context.eval::<(), _>(script)?;
    let graph: Object<'_> = context.globals().get("stairwayGraph")?;
    let draw: Function<'_> = graph.get("definitionSvg")?;
    draw.call((definition,))
}

#[cfg(test)]
mod tests;
