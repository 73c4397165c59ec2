//go:build ignore

// Command summary reads `go test -json` and prints what failed with its
// output, what was skipped and why, the ten slowest packages, and the counts.
// Its exit status is 1 when anything failed.
package main

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

type event struct {
	Action, Package, Test, Output, ImportPath string
	Elapsed                                   float64
	FailedBuild                               string
}

func main() {
	output := map[string][]string{} // package + test -> lines
	var passed, failed, skipped int
	slow := map[string]float64{}
	broken := false
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text())
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			output[key] = append(output[key], e.Output)
		case "build-output":
			fmt.Print(e.Output)
		case "build-fail":
			broken = true
		case "pass", "fail", "skip":
			if e.Test == "" {
				slow[e.Package] = e.Elapsed
				if e.Action == "fail" {
					broken = true
					fmt.Printf("FAIL %s\n%s", e.Package, strings.Join(output[key], ""))
				}
				continue
			}
			switch e.Action {
			case "pass":
				passed++
			case "fail":
				failed++
				fmt.Printf("FAIL %s\n%s", key, strings.Join(output[key], ""))
			case "skip":
				skipped++
				fmt.Printf("skip %s: %s\n", key, reason(output[key]))
			}
			delete(output, key)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Println("summary:", err)
		broken = true
	}
	var names []string
	for p := range slow {
		names = append(names, p)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(slow[b], slow[a]) })
	fmt.Println("slowest packages:")
	for _, p := range names[:min(10, len(names))] {
		fmt.Printf("  %7.1f s  %s\n", slow[p], p)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 || broken || passed == 0 {
		os.Exit(1)
	}
}

// reason is the line of a skipped test that says why.
func reason(lines []string) string {
	for _, l := range lines {
		l = strings.TrimSpace(l)
		if !strings.HasPrefix(l, "===") && !strings.HasPrefix(l, "---") && l != "" {
			return l
		}
	}
	return "no reason given"
}
