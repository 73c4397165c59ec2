// Package record fills the record of the demo: the two institutions of the
// cooperation of 21 September 2020, the offices of some kabupaten, their people,
// what they have agreed, asked and answered since, the data that they brought in, and
// their studies up to a finding.
//
//	offices, people, texts (data) -> Fill: scene by scene, the clock moved from 2020 to now -> events
//
// Everything goes through the store's own commands, given by the people of the
// world from their positions at the hour at which they would have given them, so
// that the log of the demo reads and proves like any other. A demo of an earlier
// day stops there. Rows come in as files through the intake, and the runs of studies
// are done by the worker of the pages. Scenes that show work under way lie some working days before
// that day, whichever it is.
//
// Real are the two institutions, that they signed an agreement on that day, the
// names of offices, regions and programmes, and the official figures. All else is invented: people,
// numbers, texts, requests, answers, and data.
package record
