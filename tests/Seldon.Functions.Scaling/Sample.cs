namespace Seldon.Functions.Scaling;

/// <summary>What was seen in a second.</summary>
/// <param name="Lag">Records that are not committed.</param>
/// <param name="Replicas">Instances that are asked for.</param>
/// <param name="Changes">How often KEDA or the HPA changed that number: each is a write of its own.</param>
/// <param name="Age">Seconds since the oldest of these records came, without those in which its model was out.</param>
internal readonly record struct Sample(double Lag, int Replicas, int Changes, int Age);
