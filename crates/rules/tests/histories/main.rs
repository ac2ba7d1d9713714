//! Histories of one vehicle told to the rules: what must fire, what must not, and where the line runs.

#[cfg(test)]
mod again;
#[cfg(test)]
mod begun_anew;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod corridors;
#[cfg(test)]
mod devices;
#[cfg(test)]
mod doing;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod escalation;
#[cfg(test)]
mod examined;
#[cfg(test)]
mod fleet;
#[cfg(test)]
mod gatherings;
#[cfg(test)]
mod habits;
#[cfg(test)]
mod history;
#[cfg(test)]
mod implausible;
#[cfg(test)]
mod jumps;
#[cfg(test)]
mod lending;
#[cfg(test)]
mod loan_gate;
#[cfg(test)]
mod motion;
#[cfg(test)]
mod overdue_moved;
#[cfg(test)]
mod overdue_offline;
#[cfg(test)]
mod parts;
#[cfg(test)]
mod places;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod staff;
#[cfg(test)]
mod taxonomy;
#[cfg(test)]
mod timeliness;
#[cfg(test)]
mod trips;
#[cfg(test)]
mod vanished;
#[cfg(test)]
mod whereabouts;
