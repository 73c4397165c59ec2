// Package examples holds studies that ship with the program: a plan each, and
// for the one on official figures its data. It only embeds the files.
package examples

import "embed"

// Files are the folders of the examples, one a study.
//
//go:embed jatim-2021 demo-did demo-did-twfe demo-did-covariates demo-did-few demo-did-broken demo-did-regions demo-experiment
var Files embed.FS
