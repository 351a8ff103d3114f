//! The JSONata language: text to expression to value.
//!
//! Here: parsing, evaluation within bounds that depend on nothing but the expression and its data, the
//! functions and refusals of Step Functions' dialect, and what an expression refers to. Not here: `{% %}`,
//! `$states`, fields, and what a failed expression means to a state: those belong to `asl`.
//! INVARIANT: this is the only crate that names the engine behind it, and no type of the engine leaves it.
//!
//! ```
//! use jsonata::{Binding, Dialect, Evaluation, Expression, Limits, Surroundings};
//!
//! let expression = Expression::parse("$sum($order.items.price)", Dialect::Official)?;
//! let order = Binding::prepare(r#"{"items": [{"price": 2.5}, {"price": 4}]}"#);
//! let mut surroundings = Surroundings { now_millis: 0, chance: &mut || 4 };
//! let total = expression.evaluate(None, &[("order", order)], &Limits::official(), &mut surroundings)?;
//! assert_eq!(total, Evaluation::Json("6.5".to_owned()));
//! # Ok::<(), jsonata::Error>(())
//! ```

mod binding;
mod engine;
mod error;
mod expression;
mod functions;
mod json;
mod limits;
mod ranges;
mod references;
mod replace;
mod work;

pub use binding::Binding;
pub use error::{Error, ErrorKind};
pub use expression::{Dialect, Evaluation, Expression, Surroundings};
pub use limits::Limits;
pub use references::{References, StatesPath, TopLevelReference, Variable};
