defmodule Trail.MixProject do
  use Mix.Project

  def project do
    [
      app: :trail,
      version: "0.1.0",
      elixir: "~> 1.14",
      description: "Says which acceptance criterion of a work item a test validates.",
      package: [licenses: ["MIT", "Apache-2.0"]],
      deps: []
    ]
  end

  # ExUnit is needed where tests run only.
  def application, do: []
end
