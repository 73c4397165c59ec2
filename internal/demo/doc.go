// Package demo makes an invented world of households in the 38 kabupaten and
// kota of East Java, in which the effects of the programmes are known, so that
// an estimate can be held against the truth.
//
//	official figures -> law of spending by region and year -> households -> files + manifest
//
// Official are the names of the regions, their population, poverty rates, Gini
// and poverty lines (package official). Everything else is invented and called
// "data contoh" wherever it is shown.
//
// # The law of spending
//
// At prices of 2025, without programmes, household i of region r spends in year t
//
//	Y0 = (m_r + d_t) exp(s_rt e_it - s_rt^2/2),   e_it ~ N(0, 1)
//
// per person and month. The mean m_r follows from the region's line, its Gini
// and its rate of 2020 under a log-normal law (G = 2 Phi(s/sqrt 2) - 1,
// Aitchison and Brown 1957). The yearly change d_t is one for all regions, so
// trends of the mean are parallel by construction. The spread s_rt is solved so
// that the expected share of people below the line, programmes included, is the
// official rate of the region and year. e_it has a part of the village, a part
// of the household and a part of the year.
//
// # The programmes
//
// A score sees the lasting part of e with noise. The ministry's programme
// reaches a region from its first year on and pays households below a cut of the
// score, with families wrongly left out and wrongly let in, and late in some
// years. The province's programme pays from 2022 on, in all regions, exactly
// below a lower cut. A pilot of 2026 is drawn by village. Effects are added to
// Y0 in whole rupiah, so the truth is an exact mean over the file's rows.
package demo
