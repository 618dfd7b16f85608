using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Seldon.Functions.App;

var builder = FunctionsApplication.CreateBuilder(args);
if (!builder.Services.TryAddInference(builder.Configuration, out var refusal))
{
    Console.Error.WriteLine(refusal);
    return 2;
}
using var stream = HostStream.EndProcessWithIt();
await builder.Build().RunAsync();
return 0;
