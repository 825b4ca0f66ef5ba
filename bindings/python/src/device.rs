//! The device. Every method gives a [`Call`]; `etims_sdk.device` waits for it, `etims_sdk.aio` awaits it.

use std::time::Duration;

use etims_bindings as sdk;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyMapping, PyString};

use crate::call::Call;
use crate::document::{to_json, value_to_json};
use crate::error::raised;
use crate::options::render_options;
use crate::results::{event, identity, submission, ticket};
use crate::settings::device_settings;

/// One control unit. See `etims_sdk.Device`.
#[pyclass(frozen, module = "etims_sdk._native")]
pub(crate) struct Device {
    inner: sdk::Device,
}

/// The promise that a document is kept and will be sent: it is on the disk.
#[pyclass(frozen, module = "etims_sdk")]
pub(crate) struct Ticket {
    pub(crate) inner: sdk::Ticket,
}

#[pymethods]
impl Ticket {
    /// Its number in the store.
    #[getter]
    fn id(&self) -> i64 {
        self.inner.id
    }

    /// The caller's reference.
    #[getter]
    fn reference(&self) -> &str {
        &self.inner.reference
    }

    /// Name of the state it was in when the ticket was given out.
    #[getter]
    fn state(&self) -> &str {
        self.inner.state
    }

    /// Whether it was not there before: the same document again gives the same ticket.
    #[getter]
    fn is_new(&self) -> bool {
        self.inner.is_new
    }

    /// What is worth a look.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        crate::error::violations(py, &self.inner.warnings)
    }

    fn __repr__(&self) -> String {
        format!("Ticket(id={}, reference={:?}, state={:?})", self.inner.id, self.inner.reference, self.inner.state)
    }
}

/// What happens at a device, one event after the other.
#[pyclass(frozen, module = "etims_sdk._native")]
pub(crate) struct EventStream {
    inner: sdk::EventStream,
}

#[pymethods]
impl EventStream {
    /// The next event; None when the device was closed.
    fn next(&self) -> Call {
        Call::new(self.inner.next(), |py, told| match told {
            Some(told) => event(py, told),
            None => Ok(py.None()),
        })
    }
}

/// The receipt of a signed document: what KRA answered, and how it is printed.
#[pyclass(frozen, module = "etims_sdk")]
pub(crate) struct Receipt {
    inner: sdk::Receipt,
}

#[pymethods]
impl Receipt {
    /// The caller's reference.
    #[getter]
    fn reference(&self) -> &str {
        self.inner.reference()
    }

    /// Either "sale" or "credit_note".
    #[getter]
    fn kind(&self) -> &str {
        if self.inner.is_credit_note() { "credit_note" } else { "sale" }
    }

    /// KRA's number of the document (eTIMS invcNo).
    #[getter]
    fn invoice_number(&self) -> u64 {
        self.inner.invoice_number()
    }

    /// The number printed on it: SCU id, a slash, receipt number.
    #[getter]
    fn cu_invoice_number(&self) -> String {
        self.inner.cu_invoice_number()
    }

    /// Receipt number of its kind (eTIMS curRcptNo).
    #[getter]
    fn receipt_number(&self) -> u64 {
        self.inner.signed().receipt_number
    }

    /// Counter over all kinds (eTIMS totRcptNo); None where KRA left it out.
    #[getter]
    fn total_receipt_number(&self) -> Option<u64> {
        self.inner.signed().total_receipt_number
    }

    /// Signature, 16 characters without dashes (eTIMS rcptSign).
    #[getter]
    fn signature(&self) -> &str {
        &self.inner.signed().signature
    }

    /// Encrypted internal data, 26 characters without dashes (eTIMS intrlData).
    #[getter]
    fn internal_data(&self) -> &str {
        &self.inner.signed().internal_data
    }

    /// The control unit's own clock, as datetime with its offset (eTIMS sdcDateTime).
    #[getter]
    fn signed_at<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let text = self.inner.signed().signed_at.to_rfc3339();
        py.import("datetime")?.getattr("datetime")?.call_method1("fromisoformat", (text,))
    }

    /// Control unit number (eTIMS sdcId).
    #[getter]
    fn sdc_id(&self) -> Option<&str> {
        self.inner.signed().sdc_id.as_deref()
    }

    /// Machine registration number (eTIMS mrcNo).
    #[getter]
    fn mrc_no(&self) -> Option<&str> {
        self.inner.signed().mrc_no.as_deref()
    }

    /// The address in its QR code: KRA's page for this receipt.
    #[getter]
    fn qr_url(&self) -> &str {
        self.inner.qr_url()
    }

    /// What the buyer pays, Decimal in KES.
    #[getter]
    fn total<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::classes::Classes::of(py)?.decimal.bind(py).call1((self.inner.total(),))
    }

    /// VAT in it, Decimal in KES.
    #[getter]
    fn total_tax<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::classes::Classes::of(py)?.decimal.bind(py).call1((self.inner.total_tax(),))
    }

    /// The receipt as bytes in any format. See `etims_sdk.render` for the options.
    #[pyo3(signature = (format="text", **options))]
    fn render_bytes<'py>(
        &self,
        py: Python<'py>,
        format: &str,
        options: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let options = render_options(py, format, options)?;
        let drawn = py.detach(|| self.inner.render(&options)).map_err(|error| raised(py, &error))?;
        Ok(PyBytes::new(py, &drawn))
    }

    /// The receipt as text, for the formats "text", "html" and "qr_svg".
    #[pyo3(signature = (format="text", **options))]
    fn render<'py>(&self, py: Python<'py>, format: &str, options: Option<&Bound<'py, PyDict>>) -> PyResult<String> {
        let options = render_options(py, format, options)?;
        let drawn = py.detach(|| self.inner.render(&options)).map_err(|error| raised(py, &error))?;
        String::from_utf8(drawn).map_err(|_| PyValueError::new_err(format!("{format} is no text: use render_bytes")))
    }

    fn __repr__(&self) -> String {
        format!(
            "Receipt(reference={:?}, cu_invoice_number={:?}, total={})",
            self.inner.reference(),
            self.inner.cu_invoice_number(),
            self.inner.total()
        )
    }
}

#[pymethods]
impl Device {
    /// Opens a device.
    #[staticmethod]
    #[pyo3(signature = (file, variables, values, secrets))]
    fn open(
        file: Option<String>,
        variables: bool,
        values: Vec<(String, String)>,
        secrets: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Call> {
        let settings = device_settings(file, variables, values, secrets)?;
        Ok(Call::new(sdk::Device::open(settings), |py, inner| Ok(Py::new(py, Device { inner })?.into_any())))
    }

    fn identity(&self) -> Call {
        Call::new(self.inner.identity(), |py, found| match found {
            Some(found) => identity(py, found),
            None => Ok(py.None()),
        })
    }

    #[pyo3(signature = (serial=None))]
    fn initialise(&self, serial: Option<String>) -> Call {
        Call::new(self.inner.initialise(serial), identity)
    }

    fn submit(&self, document: &Bound<'_, PyAny>) -> PyResult<Call> {
        Ok(Call::new(self.inner.submit(to_json(document)?), ticket))
    }

    fn submit_many(&self, documents: &Bound<'_, PyAny>) -> PyResult<Call> {
        Ok(Call::new(self.inner.submit_many(texts(documents)?), |py, outcomes| each(py, outcomes, ticket)))
    }

    fn issue(&self, document: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<Call> {
        Ok(Call::new(self.inner.issue(to_json(document)?, patience(timeout)?), submission))
    }

    fn issue_many(&self, documents: &Bound<'_, PyAny>, timeout: Option<f64>) -> PyResult<Call> {
        let work = self.inner.issue_many(texts(documents)?, patience(timeout)?);
        Ok(Call::new(work, |py, outcomes| each(py, outcomes, submission)))
    }

    fn wait(&self, reference: String, timeout: Option<f64>) -> PyResult<Call> {
        Ok(Call::new(self.inner.wait(reference, patience(timeout)?), submission))
    }

    fn wait_for(&self, ticket: &Ticket, timeout: Option<f64>) -> PyResult<Call> {
        Ok(Call::new(self.inner.wait_for(&ticket.inner, patience(timeout)?), submission))
    }

    fn status(&self, reference: String) -> Call {
        Call::new(self.inner.status(reference), submission)
    }

    fn receipt(&self, reference: String) -> Call {
        Call::new(self.inner.receipt(reference), |py, inner| Ok(Py::new(py, Receipt { inner })?.into_any()))
    }

    fn list(&self, states: Vec<String>, after: Option<i64>, most: u32) -> Call {
        Call::new(self.inner.list(states, after, most), |py, found| {
            let made = found.into_iter().map(|one| submission(py, one)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyList::new(py, made)?.into_any().unbind())
        })
    }

    fn amend(&self, reference: String, document: &Bound<'_, PyAny>) -> PyResult<Call> {
        Ok(Call::new(self.inner.amend(reference, to_json(document)?), submission))
    }

    fn decide(&self, py: Python<'_>, reference: String, decision: &str) -> PyResult<Call> {
        let decision = match decision {
            "cancel" => sdk::Decision::Cancel,
            "retry" => sdk::Decision::Retry,
            "release" => sdk::Decision::Release,
            "settle" => sdk::Decision::Settle,
            _ => return Err(raised(py, &sdk::Error::argument("decision", "use cancel, retry, release or settle"))),
        };
        Ok(Call::new(self.inner.decide(reference, decision), submission))
    }

    fn register_item(&self, reference: String, item: &Bound<'_, PyAny>) -> PyResult<Call> {
        Ok(Call::new(self.inner.register_item(reference, to_json(item)?), ticket))
    }

    fn move_stock(&self, reference: String, movement: &Bound<'_, PyAny>) -> PyResult<Call> {
        Ok(Call::new(self.inner.move_stock(reference, to_json(movement)?), ticket))
    }

    fn report_balance(&self, reference: String, item_code: String, remaining: &Bound<'_, PyAny>) -> PyResult<Call> {
        let remaining = remaining.str()?.to_string();
        Ok(Call::new(self.inner.report_balance(reference, item_code, remaining), ticket))
    }

    #[allow(clippy::too_many_arguments, reason = "etims_sdk.Device.adopt names them")]
    fn adopt(
        &self,
        serial: Option<String>,
        sdc_id: String,
        mrc_no: Option<String>,
        communication_key: Option<String>,
        last_invoice: u64,
        last_stock_movement: u64,
        last_purchase: u64,
        last_item: u64,
    ) -> Call {
        let communication_key = communication_key.map(Into::into);
        let working = sdk::WorkingDevice {
            serial,
            sdc_id,
            mrc_no,
            communication_key,
            last_invoice,
            last_stock_movement,
            last_purchase,
            last_item,
        };
        Call::new(self.inner.adopt(working), identity)
    }

    /// A list of KRA's by its name, as (rows as JSON text, what to ask from next time).
    fn look_up(&self, py: Python<'_>, list: &str, since: Option<String>) -> PyResult<Call> {
        macro_rules! listed {
            ($($name:ident)+) => {
                match list {
                    $( stringify!($name) => Ok(Call::new(self.inner.$name(since), rows)), )+
                    _ => Err(raised(py, &sdk::Error::argument("list", "is none of KRA's"))),
                }
            };
        }
        listed!(codes item_classes notices branches items imports purchases stock_moves branch_customers sales)
    }

    fn invoice(&self, number: u64) -> Call {
        Call::new(self.inner.invoice(number), row)
    }

    fn customer(&self, pin: String) -> Call {
        Call::new(self.inner.customer(pin), row)
    }

    fn taxpayer(&self) -> Call {
        Call::new(self.inner.taxpayer(), row)
    }

    fn counts(&self) -> Call {
        Call::new(self.inner.counts(), |py, counts| Ok(counts.into_pyobject(py)?.into_any().unbind()))
    }

    /// Entries as (place, milliseconds since 1970, kind, submission, detail as JSON text, hash).
    fn journal(&self, after: u64, most: u32) -> Call {
        Call::new(self.inner.journal(after, most), |py, entries| {
            let fields = |entry: sdk::JournalEntry| {
                (entry.place, entry.at_millis, entry.kind, entry.submission, entry.detail, entry.hash)
            };
            let entries: Vec<_> = entries.into_iter().map(fields).collect();
            Ok(entries.into_pyobject(py)?.into_any().unbind())
        })
    }

    fn hurry(&self) -> Call {
        Call::new(self.inner.hurry(), nothing)
    }

    fn resume(&self) -> Call {
        Call::new(self.inner.resume(), nothing)
    }

    fn events(&self) -> Call {
        Call::new(self.inner.events(), |py, inner| Ok(Py::new(py, EventStream { inner })?.into_any()))
    }

    fn close(&self) -> Call {
        Call::new(self.inner.close(), nothing)
    }

    #[getter]
    fn closed(&self) -> bool {
        self.inner.is_closed()
    }
}

pub(crate) fn nothing(py: Python<'_>, (): ()) -> PyResult<Py<PyAny>> {
    Ok(py.None())
}

/// Rows as JSON text: `etims_sdk.rows` reads them.
fn rows<T: serde::Serialize>(py: Python<'_>, listing: sdk::Listing<T>) -> PyResult<Py<PyAny>> {
    let text = serde_json::to_string(&listing.rows).expect("rows are texts and numbers");
    Ok((text, listing.next_since).into_pyobject(py)?.into_any().unbind())
}

fn row<T: serde::Serialize>(py: Python<'_>, found: Option<T>) -> PyResult<Py<PyAny>> {
    let text = found.map(|row| serde_json::to_string(&row).expect("a row is texts and numbers"));
    Ok(text.into_pyobject(py)?.into_any().unbind())
}

/// One outcome for each: results and exceptions side by side.
fn each<T>(
    py: Python<'_>,
    outcomes: Vec<Result<T, sdk::Error>>,
    make: fn(Python<'_>, T) -> PyResult<Py<PyAny>>,
) -> PyResult<Py<PyAny>> {
    let made = PyList::empty(py);
    for outcome in outcomes {
        match outcome {
            Ok(value) => made.append(make(py, value)?)?,
            Err(error) => made.append(raised(py, &error).into_value(py))?,
        }
    }
    Ok(made.into_any().unbind())
}

fn texts(documents: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    if documents.cast::<PyMapping>().is_ok() || documents.cast::<PyString>().is_ok() {
        return Err(PyTypeError::new_err("documents: this is one document; give a list of them"));
    }
    documents.try_iter()?.map(|document| to_json(&document?)).collect()
}

/// Seconds; without a number for as long as it takes.
fn patience(timeout: Option<f64>) -> PyResult<Option<Duration>> {
    let seconds = |seconds: f64| {
        Duration::try_from_secs_f64(seconds)
            .map_err(|_| PyValueError::new_err(format!("timeout: {seconds} is no number of seconds")))
    };
    timeout.filter(|timeout| *timeout != f64::INFINITY).map(seconds).transpose()
}

/// Draws a document with KRA's answer, without a device.
#[pyfunction]
#[pyo3(signature = (document, answer, compute_settings, format, options))]
pub(crate) fn render_document<'py>(
    document: &Bound<'py, PyAny>,
    answer: Option<&Bound<'py, PyAny>>,
    compute_settings: &Bound<'py, PyDict>,
    format: &str,
    options: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = document.py();
    let dialect: String = match compute_settings.get_item("dialect")? {
        Some(dialect) => {
            compute_settings.del_item("dialect")?;
            dialect.extract()?
        }
        None => "gateway".to_owned(),
    };
    let (_, compute_options) = crate::options::options(py, &dialect, Some(compute_settings))?;
    let options = render_options(py, format, Some(options))?;
    let text = to_json(document)?;
    let answer = answer.map(|answer| Ok::<_, PyErr>(String::from_utf8(value_to_json(answer)?)?)).transpose()?;
    let drawn = py.detach(|| sdk::render(&text, answer.as_deref(), &compute_options, &options));
    Ok(PyBytes::new(py, &drawn.map_err(|error| raised(py, &error))?))
}
