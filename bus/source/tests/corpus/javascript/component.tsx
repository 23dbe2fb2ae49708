import { validates } from "@trail/annotations";

// trail:implements X-1 AC-1
export function View({ title }: { title: string }) {
  return <p data-a="// trail:validates X-1 AC-99">{title /* trail:implements X-1 AC-99 */}</p>;
}

it("shows", validates({ workItem: "X-1", criterion: "AC-2" }, () => {
  render(<View title="a" />);
}));
