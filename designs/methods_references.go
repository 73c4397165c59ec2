package designs

import (
	"fmt"
	"strings"
)

// Reference is a published source.
type Reference struct {
	Key   string   // kebab-case, as in Method.Sources
	Names []string // family names of the authors, in order
	Year  int
	Title string
	In    string // journal with volume and pages, or publisher
}

// Cite writes the reference as a text does: "Sun and Abraham (2021)", with the
// word for "and" and for "and others" of a language. More than three authors
// are cut to the first.
func (r Reference) Cite(and, others string) string {
	return r.authors(and, others) + fmt.Sprintf(" (%d)", r.Year)
}

func (r Reference) authors(and, others string) string {
	switch n := len(r.Names); {
	case n > 3:
		return r.Names[0] + " " + others
	case n > 1:
		return strings.Join(r.Names[:n-1], ", ") + " " + and + " " + r.Names[n-1]
	default:
		return r.Names[0]
	}
}

// CitedIn lists the references that the source of a rule names, in the order of
// References.
func CitedIn(source string) []Reference {
	var all []Reference
	for _, r := range References {
		name := r.authors("and", "et al.")
		if strings.Contains(source, r.Cite("and", "et al.")) || strings.Contains(source, fmt.Sprintf("%s %d", name, r.Year)) {
			all = append(all, r)
		}
	}
	return all
}

// FindReference gives the reference of a key.
func FindReference(key string) (Reference, bool) {
	for _, r := range References {
		if r.Key == key {
			return r, true
		}
	}
	return Reference{}, false
}

// References are the sources of the methods and of the rules.
var References = []Reference{
	{"abadie", []string{"Abadie"}, 2021, "Using Synthetic Controls: Feasibility, Data Requirements, and Methodological Aspects", "Journal of Economic Literature 59(2), 391–425"},
	{"abadie-diamond-hainmueller", []string{"Abadie", "Diamond", "Hainmueller"}, 2010, "Synthetic Control Methods for Comparative Case Studies: Estimating the Effect of California's Tobacco Control Program", "Journal of the American Statistical Association 105(490), 493–505"},
	{"arkhangelsky", []string{"Arkhangelsky", "Athey", "Hirshberg", "Imbens", "Wager"}, 2021, "Synthetic Difference-in-Differences", "American Economic Review 111(12), 4088–4118"},
	{"austin", []string{"Austin"}, 2009, "Balance diagnostics for comparing the distribution of baseline covariates between treatment groups in propensity-score matched samples", "Statistics in Medicine 28(25), 3083–3107"},
	{"bell-mccaffrey", []string{"Bell", "McCaffrey"}, 2002, "Bias Reduction in Standard Errors for Linear Regression with Multi-Stage Samples", "Survey Methodology 28(2), 169–181"},
	{"benjamini-hochberg", []string{"Benjamini", "Hochberg"}, 1995, "Controlling the False Discovery Rate: A Practical and Powerful Approach to Multiple Testing", "Journal of the Royal Statistical Society B 57(1), 289–300"},
	{"bloom", []string{"Bloom"}, 1995, "Minimum Detectable Effects: A Simple Way to Report the Statistical Power of Experimental Designs", "Evaluation Review 19(5), 547–556"},
	{"borusyak-jaravel-spiess", []string{"Borusyak", "Jaravel", "Spiess"}, 2024, "Revisiting Event-Study Designs: Robust and Efficient Estimation", "Review of Economic Studies 91(6), 3253–3285"},
	{"callaway-santanna", []string{"Callaway", "Sant'Anna"}, 2021, "Difference-in-Differences with multiple time periods", "Journal of Econometrics 225(2), 200–230"},
	{"cameron-gelbach-miller", []string{"Cameron", "Gelbach", "Miller"}, 2008, "Bootstrap-Based Improvements for Inference with Clustered Errors", "Review of Economics and Statistics 90(3), 414–427"},
	{"cameron-miller", []string{"Cameron", "Miller"}, 2015, "A Practitioner's Guide to Cluster-Robust Inference", "Journal of Human Resources 50(2), 317–372"},
	{"chaisemartin-dhaultfoeuille", []string{"de Chaisemartin", "D'Haultfoeuille"}, 2020, "Two-Way Fixed Effects Estimators with Heterogeneous Treatment Effects", "American Economic Review 110(9), 2964–2996"},
	{"cohen", []string{"Cohen"}, 1988, "Statistical Power Analysis for the Behavioral Sciences, 2nd ed.", "Lawrence Erlbaum Associates"},
	{"crump", []string{"Crump", "Hotz", "Imbens", "Mitnik"}, 2009, "Dealing with limited overlap in estimation of average treatment effects", "Biometrika 96(1), 187–199"},
	{"fisher", []string{"Fisher"}, 1935, "The Design of Experiments", "Oliver and Boyd"},
	{"goodman-bacon", []string{"Goodman-Bacon"}, 2021, "Difference-in-differences with variation in treatment timing", "Journal of Econometrics 225(2), 254–277"},
	{"holm", []string{"Holm"}, 1979, "A Simple Sequentially Rejective Multiple Test Procedure", "Scandinavian Journal of Statistics 6(2), 65–70"},
	{"imai-king-nall", []string{"Imai", "King", "Nall"}, 2009, "The Essential Role of Pair Matching in Cluster-Randomized Experiments, with Application to the Mexican Universal Health Insurance Evaluation", "Statistical Science 24(1), 29–53"},
	{"imbens-rubin", []string{"Imbens", "Rubin"}, 2015, "Causal Inference for Statistics, Social, and Biomedical Sciences: An Introduction", "Cambridge University Press"},
	{"kish", []string{"Kish"}, 1965, "Survey Sampling", "Wiley"},
	{"lin", []string{"Lin"}, 2013, "Agnostic notes on regression adjustments to experimental data: Reexamining Freedman's critique", "Annals of Applied Statistics 7(1), 295–318"},
	{"mackinnon-nielsen-webb", []string{"MacKinnon", "Nielsen", "Webb"}, 2023, "Cluster-robust inference: A guide to empirical practice", "Journal of Econometrics 232(2), 272–299"},
	{"mackinnon-webb", []string{"MacKinnon", "Webb"}, 2018, "The wild bootstrap for few (treated) clusters", "Econometrics Journal 21(2), 114–135"},
	{"neyman", []string{"Neyman"}, 1923, "On the Application of Probability Theory to Agricultural Experiments. Essay on Principles. Section 9", "Statistical Science 5(4), 465–472 (1990)"},
	{"pustejovsky-tipton", []string{"Pustejovsky", "Tipton"}, 2018, "Small-Sample Methods for Cluster-Robust Variance Estimation and Hypothesis Testing in Fixed Effects Models", "Journal of Business & Economic Statistics 36(4), 672–683"},
	{"rambachan-roth", []string{"Rambachan", "Roth"}, 2023, "A More Credible Approach to Parallel Trends", "Review of Economic Studies 90(5), 2555–2591"},
	{"romano-wolf", []string{"Romano", "Wolf"}, 2005, "Exact and Approximate Stepdown Methods for Multiple Hypothesis Testing", "Journal of the American Statistical Association 100(469), 94–108"},
	{"roth", []string{"Roth"}, 2022, "Pretest with Caution: Event-Study Estimates after Testing for Parallel Trends", "American Economic Review: Insights 4(3), 305–322"},
	{"samii-aronow", []string{"Samii", "Aronow"}, 2012, "On equivalencies between design-based and regression-based variance estimators for randomized experiments", "Statistics & Probability Letters 82(2), 365–370"},
	{"santanna-zhao", []string{"Sant'Anna", "Zhao"}, 2020, "Doubly robust difference-in-differences estimators", "Journal of Econometrics 219(1), 101–122"},
	{"sun-abraham", []string{"Sun", "Abraham"}, 2021, "Estimating dynamic treatment effects in event studies with heterogeneous treatment effects", "Journal of Econometrics 225(2), 175–199"},
}

// Full writes all authors, the year, the title and where it was published, with
// the word for "and" of a language.
func (r Reference) Full(and string) string {
	names := r.Names[0]
	if n := len(r.Names); n > 1 {
		names = strings.Join(r.Names[:n-1], ", ") + " " + and + " " + r.Names[n-1]
	}
	return fmt.Sprintf("%s (%d), “%s”, %s", names, r.Year, r.Title, r.In)
}
