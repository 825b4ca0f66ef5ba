//! Keyword arguments of `compute`, `check` and `render`.

use etims_bindings::{ComputeOptions, DocumentKind, Error, OriginalSale, RenderOptions};
use pyo3::conversion::FromPyObjectOwned;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::document::to_json;
use crate::error::raised;

const KNOWN: &str = "kind, number, rates, convention, discount_wire, fraction_policy, packages, walk_in_name, \
                     allow_zero_rate_e, vat_registered, seller, original";

/// Reads the keyword arguments; an unknown one is a mistake, not a default.
pub(crate) fn options(
    py: Python<'_>,
    dialect: &str,
    settings: Option<&Bound<'_, PyDict>>,
) -> PyResult<(DocumentKind, ComputeOptions)> {
    let mut kind = DocumentKind::Invoice;
    let mut options = ComputeOptions { dialect: Some(dialect.to_owned()), ..ComputeOptions::default() };
    let Some(settings) = settings else { return Ok((kind, options)) };
    for (name, value) in settings.iter() {
        if value.is_none() {
            continue;
        }
        let name: String = name.extract()?;
        match name.as_str() {
            "number" => options.number = Some(read(&name, &value)?),
            "rates" => options.rates = rates(&value).map_err(|error| about(py, &name, &error))?,
            "convention" => options.convention = Some(read(&name, &value)?),
            "discount_wire" => options.discount_wire = Some(read(&name, &value)?),
            "fraction_policy" => options.fraction_policy = Some(read(&name, &value)?),
            "packages" => options.packages = Some(value.str()?.to_string()),
            "walk_in_name" => options.walk_in_name = Some(read(&name, &value)?),
            "allow_zero_rate_e" => options.allow_zero_rate_e = Some(read(&name, &value)?),
            "vat_registered" => options.vat_registered = Some(read(&name, &value)?),
            "seller" => options.seller = Some(text_of(&value)?),
            "kind" => {
                kind = DocumentKind::named(&read::<String>(&name, &value)?).map_err(|error| raised(py, &error))?
            }
            "original" => options.original = Some(original(&value)?),
            _ => {
                let error = Error::argument(&name, format!("is no setting; known are {KNOWN}"));
                return Err(raised(py, &error));
            }
        }
    }
    Ok((kind, options))
}

/// A value of the type its argument has.
fn read<'py, T: FromPyObjectOwned<'py>>(name: &str, value: &Bound<'py, PyAny>) -> PyResult<T> {
    value.extract().map_err(|error: T::Error| about(value.py(), name, &error.into()))
}

/// The same exception with the argument's name in front: a number that is too big or below zero is a `ValueError`.
fn about(py: Python<'_>, name: &str, error: &PyErr) -> PyErr {
    let message = format!("{name}: {}", error.value(py));
    if error.is_instance_of::<PyTypeError>(py) { PyTypeError::new_err(message) } else { PyValueError::new_err(message) }
}

/// `{"E": 8}` or `{"B": Decimal("16"), …}`.
fn rates(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let rates = value.cast::<PyDict>()?;
    rates.iter().map(|(band, rate)| Ok((band.extract()?, rate.str()?.to_string()))).collect()
}

/// A mapping with `document`, `invoice_number` and `cu_invoice_number`.
fn original(value: &Bound<'_, PyAny>) -> PyResult<OriginalSale> {
    let member = |name: &str| {
        value.get_item(name).map_err(|_| {
            raised(value.py(), &Error::argument("original", "has document, invoice_number and cu_invoice_number"))
        })
    };
    Ok(OriginalSale {
        document: text_of(&member("document")?)?,
        invoice_number: member("invoice_number")?.extract()?,
        cu_invoice_number: member("cu_invoice_number")?.extract()?,
        credited: match value.get_item("credited") {
            Ok(notes) => notes.try_iter()?.map(|note| text_of(&note?)).collect::<PyResult<_>>()?,
            Err(_) => Vec::new(),
        },
    })
}

const DRAWING: &str = "columns, copy, labels, paper, kra_logo, shop_logo, item_codes, machine_number, terminal, \
                       qr_as_picture, code_page, cut";

/// Reads the options of a drawing; an unknown one is a mistake.
pub(crate) fn render_options(
    py: Python<'_>,
    format: &str,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<RenderOptions> {
    let mut drawing = RenderOptions { format: Some(format.to_owned()), ..RenderOptions::default() };
    for (name, value) in options.into_iter().flat_map(|options| options.iter()) {
        if value.is_none() {
            continue;
        }
        let name: String = name.extract()?;
        match name.as_str() {
            "columns" => drawing.columns = Some(read(&name, &value)?),
            "copy" => drawing.copy = read(&name, &value)?,
            "labels" => drawing.labels = Some(labels(&value)?),
            "paper" => drawing.paper = Some(read(&name, &value)?),
            "kra_logo" => drawing.kra_logo = Some(read(&name, &value)?),
            "shop_logo" => drawing.shop_logo = Some(read(&name, &value)?),
            "item_codes" => drawing.item_codes = read(&name, &value)?,
            "machine_number" => drawing.machine_number = read(&name, &value)?,
            "terminal" => drawing.terminal = read(&name, &value)?,
            "qr_as_picture" => drawing.qr_as_picture = read(&name, &value)?,
            "code_page" => drawing.code_page = Some(read(&name, &value)?),
            "cut" => drawing.cut = Some(read(&name, &value)?),
            _ => {
                let error = Error::argument(&name, format!("is no option of a receipt; known are {DRAWING}"));
                return Err(raised(py, &error));
            }
        }
    }
    Ok(drawing)
}

/// A name, or words of one's own as a mapping.
fn labels(value: &Bound<'_, PyAny>) -> PyResult<String> {
    text_of(value)
}

fn text_of(value: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(String::from_utf8(to_json(value)?)?)
}
