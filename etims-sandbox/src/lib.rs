//! A KRA eTIMS that developers can run and break.
