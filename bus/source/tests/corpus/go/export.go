// Package export exports.
package export

//trail:implements X-1 AC-1
func Export() string { return "" }

//trail:implements X-1 AC-2
type Report struct {
	//trail:documents X-1 AC-3
	Title string
}

// trail:implements X-1 AC-4
func (r *Report) Render() string { return "" }

// trail:implements X-1 AC-5
const Limit = 5

// trail:implements X-1 AC-6
var (
	a = 1
)
