//! From the boundary's results to the classes of `etims_sdk.results`.

use etims_bindings as sdk;
use pyo3::prelude::*;

use crate::classes::Classes;
use crate::device::Ticket;
use crate::error::raised;

pub(crate) fn ticket(py: Python<'_>, inner: sdk::Ticket) -> PyResult<Py<PyAny>> {
    Ok(Py::new(py, Ticket { inner })?.into_any())
}

pub(crate) fn submission(py: Python<'_>, standing: sdk::Submission) -> PyResult<Py<PyAny>> {
    let failure = standing.failure.as_ref().map(|error| raised(py, error).into_value(py));
    let class = Classes::of(py)?.submission.bind(py);
    let made = class.call1((
        standing.id,
        standing.reference,
        standing.operation,
        standing.state,
        standing.number,
        standing.adoption,
        standing.is_late,
        standing.note,
        standing.waits_for,
        failure,
    ))?;
    Ok(made.unbind())
}

pub(crate) fn identity(py: Python<'_>, identity: sdk::Identity) -> PyResult<Py<PyAny>> {
    let class = Classes::of(py)?.identity.bind(py);
    let made = class.call1((
        identity.serial,
        identity.sdc_id,
        identity.mrc_no,
        identity.device_id,
        identity.taxpayer_name,
        identity.branch_name,
    ))?;
    Ok(made.unbind())
}

pub(crate) fn event(py: Python<'_>, event: sdk::Event) -> PyResult<Py<PyAny>> {
    let class = Classes::of(py)?.event.bind(py);
    let made = class.call1((
        event.kind,
        event.reference,
        event.operation,
        event.number,
        event.adoption,
        event.is_late,
        event.note,
        event.lane,
    ))?;
    Ok(made.unbind())
}
